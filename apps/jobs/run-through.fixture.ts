import type { Database } from '#libs/store';
import type { AnyJob } from '#libs/work';
import { v7 as uuidv7 } from 'uuid';

/** What a run has come to, and what stands in its log. */
export interface Ran {
  readonly id: string;
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly result: any;
  readonly log: readonly string[];
}

const vain = new Error('It dies.');

/** Makes all steps of a run, each once in vain first, its checkpoint through JSON: as if a process died at each. */
export async function runThrough(db: Database, job: AnyJob, input: object = {}): Promise<Ran> {
  const run = { id: uuidv7(), signal: new AbortController().signal };
  let lines: string[] = [];
  const log: string[] = [];
  const step = (checkpoint: unknown, fails: boolean) => {
    lines = [];
    return db.transaction(async (tx) => {
      const made = await job.step(tx, checkpoint, { ...run, log: (level, line) => void lines.push(`${level}: ${line}`) });
      if (fails) throw vain;
      return made;
    });
  };
  let checkpoint: unknown = await job.start(job.input.parse(input), { ...run, log() {} });
  for (;;) {
    checkpoint = JSON.parse(JSON.stringify(checkpoint));
    await step(checkpoint, true).catch((error: unknown) => {
      if (error !== vain) throw error;
    });
    const made = await step(checkpoint, false);
    log.push(...lines);
    if ('result' in made) return { id: run.id, result: JSON.parse(JSON.stringify(made.result)), log };
    checkpoint = made.next;
  }
}
