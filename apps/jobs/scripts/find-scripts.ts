import { whyNoSchedule } from '#libs/timetable';
import type { Dirent } from 'node:fs';
import { lstat, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';

/** As Azure's WebJobs name them, so that a folder can be moved here as it is. */
const settings = z.strictObject({
  schedule: z
    .string()
    .superRefine((schedule, context) => {
      const message = whyNoSchedule(schedule);
      if (message) context.addIssue({ code: 'custom', message });
    })
    .optional(),
  is_singleton: z.boolean().default(true),
  /** Seconds. */
  stopping_wait_time: z.int().min(0).max(3_600).default(5),
});

export interface Script {
  readonly name: string;
  /** Absolute. */
  readonly file: string;
  readonly settings: z.output<typeof settings>;
}

const jobName = /^[a-z][a-z0-9-]{0,62}$/;

/** The scripts of `<dir>/triggered/<name>/run.*`. What is there and is none is told with a sentence. */
export async function findScripts(dir: string): Promise<{ scripts: readonly Script[]; refused: ReadonlyMap<string, string> }> {
  const scripts: Script[] = [];
  const refused = new Map<string, string>();
  const folder = path.join(dir, 'triggered');
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  for (const entry of entries) {
    try {
      scripts.push(await scriptIn(folder, entry));
    } catch (error) {
      refused.set(path.join(folder, entry.name), (error as Error).message);
    }
  }
  return { scripts, refused };
}

/** A link might lead to a file that another may write: only what stands in the folder itself is run. */
export async function isPlain(file: string): Promise<boolean> {
  return lstat(file).then(
    (found) => found.isFile(),
    () => false,
  );
}

async function scriptIn(folder: string, entry: Dirent): Promise<Script> {
  if (!entry.isDirectory()) throw new Error('It is no folder.');
  if (!jobName.test(entry.name)) throw new Error('A job’s name is of small letters, digits and hyphens.');
  const own = path.join(folder, entry.name);
  const runs = (await readdir(own)).filter((name) => name === 'run' || name.startsWith('run.'));
  if (runs.length !== 1) throw new Error(runs.length === 0 ? 'There is no run.* in it.' : `Which one is it: ${runs.join(', ')}?`);
  const file = path.join(own, runs[0]!);
  if (!(await isPlain(file))) throw new Error(`${runs[0]} is no plain file.`);
  return { name: entry.name, file, settings: await settingsIn(path.join(own, 'settings.job')) };
}

async function settingsIn(file: string): Promise<Script['settings']> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '{}';
    throw error;
  });
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch {
    throw new Error('settings.job is no JSON.');
  }
  const read = settings.safeParse(given);
  if (read.success) return read.data;
  throw new Error(`settings.job: ${read.error.issues.map(({ path: at, message }) => [...at, message].join(': ')).join('; ')}`);
}
