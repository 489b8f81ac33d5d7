import type { Postgres } from '#tools/postgres';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { startChild, type Child } from './child.js';
import { startServer } from './database.js';

export interface Stage {
  readonly dir: string;
  readonly server: Postgres;
  /** Ended with the stage. */
  child(file: string, env?: Readonly<Record<string, string>>): Promise<Child>;
  /** Called at the end, the last one first. */
  after(close: () => unknown): void;
}

/** A folder and a PostgreSQL for as long as the play takes. */
export async function onStage(play: (stage: Stage) => Promise<void>): Promise<void> {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'backroom-bench-'));
  // PostgreSQL's user passes through it.
  chmodSync(dir, 0o711);
  const closing: (() => unknown)[] = [() => rmSync(dir, { recursive: true, force: true })];
  try {
    const server = await startServer(path.join(dir, 'postgres'));
    closing.unshift(() => server.stop());
    await play({
      dir,
      server,
      async child(file, env = {}) {
        const started = await startChild(file, env);
        closing.unshift(() => started.stop());
        return started;
      },
      after: (close) => void closing.unshift(close),
    });
  } finally {
    for (const close of closing) await close();
  }
}

/** What the outside was asked since the last time, and for how many keys. */
export async function asked(world: Child): Promise<{ asked: number; keys: number }> {
  const answer = world.next<{ asked: number; keys: number }>();
  world.send('count');
  return answer;
}
