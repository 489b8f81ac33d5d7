import { RunFailed, type Job, type Run, type Step } from '#libs/work';
import type { Tx } from '#libs/store';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { isPlain, type Script } from './find-scripts.js';
import { startScript, type Running } from './start-script.js';

/** A step is so long, in milliseconds: a transaction is open over it, and with its end what the script has said is written down. */
const lookMs = 1_000;

/** The runner waits so much longer than the script is waited for, to hear how it has ended. */
const momentSeconds = 1;

interface Asked {
  readonly input: Record<string, unknown>;
}

/**
 * A job that is a script. It has no checkpoint: where its process dies, or the run passes to another one, it is run again from its beginning, so a
 * script has to bear that. Its steps do nothing but look after it.
 * @param instance names this process to it
 */
export function scriptJob({ name, file, settings }: Script, instance: string): Job<Record<string, unknown>, Asked> {
  const running = new Map<string, Running>();

  async function start(tx: Tx, { input }: Asked, { id }: Run): Promise<Running> {
    const [row] = await tx.run<{ trigger: string }>('script-trigger', 'SELECT trigger FROM runs WHERE id = $1', [id]);
    if (!(await isPlain(file))) throw new RunFailed('The script is gone, or no plain file any more.');
    return startScript(file, {
      BACKROOM_JOB: name,
      BACKROOM_RUN_ID: id,
      BACKROOM_TRIGGER: row?.trigger ?? 'unknown',
      BACKROOM_INSTANCE: instance,
      BACKROOM_INPUT: JSON.stringify(input),
    });
  }

  return {
    name,
    description: `The script ${file}.`,
    input: z.looseObject({}),
    schedule: settings.schedule,
    overlap: settings.is_singleton ? 'skip' : 'allow',
    missed: 'none',
    singleton: settings.is_singleton,
    stoppingWaitSeconds: settings.stopping_wait_time + momentSeconds,
    start: (input) => ({ input }),
    async step(tx, asked, run): Promise<Step<Asked>> {
      const script = running.get(run.id) ?? (await start(tx, asked, run));
      running.set(run.id, script);
      const ended = script.over.then((why) => ({ why }));
      const end = await Promise.race([ended, sleep(lookMs, undefined, { signal: run.signal })]);
      writeDown(script, run);
      if (!end) return { next: asked, progress: 0 };
      running.delete(run.id);
      if (end.why) throw new RunFailed(end.why);
      return { result: { exitCode: 0 } };
    },
    async leave(run, withinMs) {
      const script = running.get(run.id);
      running.delete(run.id);
      script?.stop(Math.max(0, withinMs - momentSeconds * 1_000));
      await script?.over;
      if (script) writeDown(script, run);
    },
  };
}

function writeDown(script: Running, run: Run): void {
  for (const { level, text } of script.take()) run.log(level, text);
}
