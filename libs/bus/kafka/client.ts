import kafkajs, { type Kafka, type LogEntry } from 'kafkajs';
import type { BusLog } from '../log.js';
import { stopIdleTimer } from './timer.js';

export interface ClientOptions {
  /** `host:port` of some brokers; the others are learnt from them. */
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly log: BusLog;
}

const levels = new Map<number, Parameters<BusLog>[0]>([
  [kafkajs.logLevel.ERROR, 'error'],
  [kafkajs.logLevel.WARN, 'warn'],
  // Each join and each pause: too much for a log that people read.
  [kafkajs.logLevel.INFO, 'debug'],
]);

const logCreator =
  (log: BusLog) =>
  ({ namespace, level, log: { message, timestamp: _timestamp, logger: _logger, ...details } }: LogEntry): void =>
    log(levels.get(level) ?? 'debug', `kafkajs ${namespace}: ${message}`, details);

/** One for each consumer: consumers of one client share a cache of committed offsets by group, and two members of a group wipe it for each other. */
export const kafkaClient = ({ brokers, clientId, log }: ClientOptions): Kafka => {
  stopIdleTimer();
  return new kafkajs.Kafka({
    brokers: [...brokers],
    clientId,
    connectionTimeout: 3000,
    requestTimeout: 10_000,
    // Said in full, because kafkajs' own defaults are others when NODE_ENV is "test".
    retry: { initialRetryTime: 100, maxRetryTime: 1000, multiplier: 2, factor: 0.2, retries: 5 },
    logLevel: kafkajs.logLevel.INFO,
    logCreator: () => logCreator(log),
  });
};
