import { migrate } from '#libs/store';
import { kafkaPossible, startKafka, whyNoKafka } from '#tools/kafka';
import { startPostgres } from '#tools/postgres';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { TestProject } from 'vitest/node';
import { query } from './query.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** A PostgreSQL of this run; its database `template` is migrated. */
    databaseUrl: string;
    /** Undefined where there is no Kafka: the tests that need one are left out, and say so. */
    kafkaBrokers: string[] | undefined;
    /** Whether the shop of a test is a host a role. */
    apart: boolean;
  }
}

interface Services {
  readonly databaseUrl: string;
  readonly kafkaBrokers: string[] | undefined;
  users: number;
  stop(): Promise<void>;
}

// Both projects name this set-up; what it starts is started once a run.
const shared = globalThis as { backroomServices?: Promise<Services> };

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  shared.backroomServices ??= start();
  const services = await shared.backroomServices;
  services.users += 1;
  project.provide('databaseUrl', services.databaseUrl);
  project.provide('kafkaBrokers', services.kafkaBrokers);
  return async () => {
    services.users -= 1;
    if (services.users > 0) return;
    delete shared.backroomServices;
    await services.stop();
  };
}

async function start(): Promise<Services> {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'backroom-test-'));
  chmodSync(dir, 0o711);
  // Tests that crash the server start one of their own, with fsync.
  const starting = [startPostgres({ dir: path.join(dir, 'postgres'), settings: { fsync: 'off' } }), brokers(dir)] as const;
  const stop = async (): Promise<void> => {
    // Also what came up while the other failed: Vitest would wait for it.
    for (const started of await Promise.allSettled(starting)) if (started.status === 'fulfilled') await started.value?.stop();
    rmSync(dir, { recursive: true, force: true });
  };
  try {
    const [postgres, kafka] = await Promise.all(starting);
    const template = new URL(postgres.url);
    template.pathname = '/template';
    await query(postgres.url, 'CREATE DATABASE template');
    await migrate(template.href);
    return { databaseUrl: postgres.url, kafkaBrokers: kafka?.brokers, users: 0, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function brokers(dir: string): Promise<{ brokers: string[]; stop(): Promise<unknown> } | undefined> {
  const given = process.env.KAFKA_BROKERS;
  if (given) return { brokers: given.split(',').map((broker) => broker.trim()), stop: async () => {} };
  if (kafkaPossible()) {
    const cluster = await startKafka({ nodes: 1, dir: path.join(dir, 'kafka') });
    return { brokers: [...cluster.brokers], stop: () => cluster.stop('SIGKILL') };
  }
  const why = whyNoKafka();
  if (process.env.DEMAND_KAFKA) throw new Error(`Kafka is demanded, and there is none: ${why}`);
  console.warn(`Tests against a real Kafka are left out: ${why}`);
  return undefined;
}
