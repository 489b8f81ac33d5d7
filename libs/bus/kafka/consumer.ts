import { setTimeout as sleep } from 'node:timers/promises';
import type { EachBatchHandler } from 'kafkajs';
import { pause, type Backoff } from '#libs/backoff';
import { kafkaClient, type ClientOptions } from './client.js';

export interface ConsumerOptions extends ClientOptions {
  /** Called when a consumer will read nothing any more: the host exits and is started again. */
  readonly onFatal: (error: Error) => void;
  readonly backoff: Backoff;
  /** How soon new partitions are found. */
  readonly metadataMaxAgeMs: number;
  /** A consumer without a batch in hand, a fetch, a heartbeat or a new try for so long is taken for stuck. */
  readonly silenceLimitMs: number;
}

export interface Reading {
  readonly groupId: string;
  readonly topic: string;
  readonly fromBeginning: boolean;
  readonly eachBatch: EachBatchHandler;
  /** Whether a batch is in hand. */
  readonly busy: () => boolean;
}

/**
 * A session of 6 s: one killed is found in 6.1–6.4 s. An idle consumer asks the broker every `maxWait`, and leaves within it: at 100 ms the five
 * processes of a quiet shop and their broker took 0.42 of a core together, at 500 ms 0.17. News are handed over at once in any case.
 */
export const session = { sessionTimeout: 6000, heartbeatInterval: 500, rebalanceTimeout: 3000, maxWaitTimeInMs: 500 };

/** Nothing is committed but what the reader commits; nothing is resolved but what the reader resolves. */
const manual = { autoCommit: false, eachBatchAutoResolve: false, partitionsConsumedConcurrently: 64 };

/**
 * A new broker makes the topic for coordinators when it is first asked for one, which takes it seconds, and a slow one longer than kafkajs'
 * patience; kafkajs takes that for final, and so what passes by itself would end the process.
 */
const lacksCoordinator = (error: Error & { cause?: unknown }): boolean =>
  error.name === 'KafkaJSGroupCoordinatorNotFound' || (error.cause instanceof Error && lacksCoordinator(error.cause));

/**
 * Runs a consumer until it is stopped. Broker away, topic not there yet: it tries again for ever, with pauses.
 * @returns a function that stops it, when what it is given has come to an end.
 */
export const runConsumer = (options: ConsumerOptions, reading: Reading): ((inHand: Promise<unknown>) => Promise<void>) => {
  const { log, onFatal, backoff, metadataMaxAgeMs, silenceLimitMs } = options;
  const { groupId, topic, fromBeginning, eachBatch, busy } = reading;
  const stopping = new AbortController();
  const consumer = kafkaClient(options).consumer({
    ...session,
    groupId,
    metadataMaxAge: metadataMaxAgeMs,
    allowAutoTopicCreation: false,
    retry: { restartOnFailure: async () => !stopping.signal.aborted },
  });

  let quiet = 0;
  const heard = (): void => void (quiet = 0);
  consumer.on(consumer.events.FETCH_START, heard);
  consumer.on(consumer.events.HEARTBEAT, heard);
  consumer.on(consumer.events.GROUP_JOIN, heard);
  consumer.on(consumer.events.CRASH, ({ payload: { error, restart } }) => {
    heard();
    if (restart || stopping.signal.aborted) return;
    if (lacksCoordinator(error)) started = pause(backoff, 3, stopping.signal).then(start);
    else onFatal(new Error(`the consumer ${groupId} has crashed for good`, { cause: error }));
  });

  const start = async (): Promise<void> => {
    for (let failures = 1; !stopping.signal.aborted; failures++) {
      try {
        await consumer.connect();
        await consumer.subscribe({ topics: [topic], fromBeginning });
        await consumer.run({ ...manual, eachBatch });
        return;
      } catch (error) {
        log('warn', `the consumer ${groupId} cannot start yet`, { failures, error });
      }
      heard();
      await pause(backoff, failures, stopping.signal);
    }
  };
  let started = start();

  // Counts ticks, not time: a process that was frozen and comes back is not stuck.
  const watch = setInterval(() => {
    quiet = busy() ? 0 : quiet + 1;
    if (quiet <= 4) return;
    clearInterval(watch);
    onFatal(new Error(`the consumer ${groupId} has read nothing for ${silenceLimitMs} ms and tried nothing`));
  }, silenceLimitMs / 4);
  watch.unref();

  return async (inHand) => {
    stopping.abort();
    clearInterval(watch);
    // A consumer that is told to disconnect while it joins would join all the same.
    await Promise.race([started, sleep(4000, undefined, { ref: false })]);
    const gone = consumer.disconnect().catch((error: unknown) => log('warn', `the consumer ${groupId} left in disorder`, { error }));
    await inHand;
    await Promise.race([gone, sleep(5000, undefined, { ref: false })]);
  };
};
