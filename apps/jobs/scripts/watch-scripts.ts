import { declareJobs, type Database } from '#libs/store';
import { declarationOf, type AnyJob } from '#libs/work';
import { findScripts, type Script } from './find-scripts.js';
import { scriptJob } from './script-job.js';

export interface Watching {
  readonly db: Database;
  readonly instance: string;
  /** Names that are the shop's own. */
  readonly taken: ReadonlySet<string>;
  log(level: 'info' | 'warn', message: string, details?: object): void;
}

/** Keeps the jobs that are scripts: looks into the folder, and declares what is new there or was changed. */
export class Scripts {
  private known = new Map<string, { said: string; job: AnyJob }>();
  private told = new Map<string, string>();

  constructor(
    private readonly dir: string,
    private readonly parts: Watching,
  ) {}

  /** @returns those that are there now */
  async look(): Promise<readonly AnyJob[]> {
    const { db, instance, taken, log } = this.parts;
    const { scripts, refused } = await findScripts(this.dir);
    const complaints = new Map(refused);
    const found = new Map<string, { said: string; job: AnyJob }>();
    for (const script of scripts) {
      if (taken.has(script.name)) complaints.set(script.file, 'A job of the shop has this name.');
      else found.set(script.name, this.kept(script) ?? { said: said(script), job: scriptJob(script, instance) });
    }
    const fresh = [...found.values()].filter(({ job }) => this.known.get(job.name)?.job !== job).map(({ job }) => declarationOf(job));
    // A run of what has gone would wait for ever, so its timetable brings none.
    const gone = [...this.known.values()].filter(({ job }) => !found.has(job.name)).map(({ job }) => declarationOf(job));
    const over = gone.map((job) => ({ ...job, description: 'Its script is gone.', defaults: { ...job.defaults, enabled: false } }));
    if (fresh.length + over.length > 0) await declareJobs(db, [...fresh, ...over]);
    this.known = found;
    for (const [where, why] of complaints) if (this.told.get(where) !== why) log('warn', 'is no script to be run', { where, why });
    this.told = complaints;
    return [...found.values()].map(({ job }) => job);
  }

  /** The same job for the same script: it knows what it has started. */
  private kept(script: Script): { said: string; job: AnyJob } | undefined {
    const known = this.known.get(script.name);
    return known?.said === said(script) ? known : undefined;
  }
}

const said = ({ file, settings }: Script): string => JSON.stringify([file, settings]);
