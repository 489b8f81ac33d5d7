import { Problem } from '#libs/host';
import { setTimeout as sleep } from 'node:timers/promises';
import { SingleBar } from 'cli-progress';
import { changeJob, jobChange } from '../../status/jobs/change-job.js';
import { cancelJobRun } from '../../status/jobs/cancel-job-run.js';
import { listJobs, readJob } from '../../status/jobs/jobs.js';
import { runJob } from '../../status/jobs/run-job.js';
import { readRun, readRunLog, type RunShown } from '../../status/jobs/runs.js';
import { columns, exits, UsageError, type Command, type Given } from './command.js';
import { idIn, jsonIn } from './values.js';

const wait = { help: 'Follow it to its end: 0 if it succeeds, 1 if not. Ctrl-C leaves it going.' };
const ended = new Set(['succeeded', 'failed', 'cancelled']);
const lookMs = 250;

export const jobCommands: readonly Command[] = [
  {
    name: 'jobs list',
    summary: 'The jobs, when each runs next, and how its last run went.',
    async run(given) {
      const { db, settings } = await given.shop();
      const { items } = await listJobs(db, settings, 200);
      given.show(items, (jobs) =>
        columns(
          jobs.map(({ name, enabled, schedule, nextRunAt, runs: [last] }) => [
            name,
            schedule === null ? 'on demand' : enabled ? `next ${nextRunAt}` : 'disabled',
            last ? `${last.state} ${last.endedAt ?? last.startedAt ?? ''}` : 'never ran',
          ]),
        ),
      );
    },
  },
  {
    name: 'jobs run',
    args: ['NAME'],
    summary: 'Asks for a run of a job.',
    more: 'For cron: backroom jobs run sales-totals --wait\nWhere the job skips what would overlap and a run is open, nothing is done, and the exit code is 75.',
    options: { input: { value: 'JSON', help: 'What the run is given.' }, wait },
    run: (given) => ask(given, given.args[0]!),
  },
  {
    name: 'jobs log',
    args: ['RUN'],
    summary: 'What a run has said. Its id stands in what `jobs run` prints.',
    more: 'To keep it: backroom jobs log 01a20d2f-87ce-7400-bca8-8350497ad93f > run.log',
    async run(given) {
      const id = idIn(given.args[0]!);
      const { db, settings } = await given.shop();
      if (!(await readRun(db, settings, id))) throw new Error(`There is no run ${id}.`);
      given.show(await readRunLog(db, id), (lines) =>
        lines.map(({ at, level, message }) => `${at} ${level.toUpperCase()} ${message}`).join('\n'),
      );
    },
  },
  {
    name: 'jobs cancel',
    args: ['RUN'],
    summary: 'Asks a run to stop.',
    more: 'It is told so within a second, and has the job’s stoppingWaitSeconds to end. What it has come to stays. One that has ended cannot be cancelled: 1.',
    async run(given) {
      const id = idIn(given.args[0]!);
      const { db, settings } = await given.shop();
      const { run } = await cancelJobRun(db, settings, id);
      given.show(run, ({ state }) => `${id} ${state}`);
    },
  },
  {
    name: 'jobs change',
    args: ['NAME', 'JSON'],
    summary: 'Changes what a job is set to, over every restart and new build.',
    more: `backroom jobs change sales-totals '{"schedule":"0 3 * * *","timeZone":"Europe/Vienna"}'\nAlso: enabled, overlap (skip, queue, allow), singleton, stoppingWaitSeconds.`,
    async run(given) {
      const [name, text] = given.args as [string, string];
      const parsed = jobChange.safeParse(jsonIn('JSON', text));
      if (!parsed.success)
        throw new UsageError(`JSON: ${parsed.error.issues.map(({ path, message }) => [...path, message].join(': ')).join('; ')}`);
      const { db, settings } = await given.shop();
      if (!(await changeJob(db, name, parsed.data))) throw new Error(`There is no job “${name}”.`);
      given.show(await readJob(db, settings, name), (job) => JSON.stringify({ ...job, runs: undefined }, undefined, 2));
    },
  },
  {
    name: 'rebuild',
    summary: 'Makes the list of orders anew from the streams, beside the one that is shown, and puts it in its place.',
    more: 'The shop may go on, and sees the one before until then; nobody is written to. It is a run of the job rebuild-order-status.',
    options: { wait },
    run: (given) => ask(given, 'rebuild-order-status'),
  },
];

async function ask(given: Given, name: string): Promise<number> {
  const text = given.text('input');
  const input = text === undefined ? {} : { input: jsonIn('--input', text) };
  const { db, settings } = await given.shop();
  let id: string;
  try {
    ({ id } = await runJob(db, name, input, { trigger: 'cli' }));
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    if (error.slug === 'not-found') throw new Error(`There is no job “${name}”.`, { cause: error });
    if (error.slug === 'invalid')
      throw new UsageError(`--input: ${error.errors!.map((at) => `${'pointer' in at ? at.pointer : ''} ${at.detail}`.trim()).join(' ')}`);
    if (error.slug !== 'job-running') throw error;
    given.err(`${name} is running, and does not run twice at once.\n`);
    return exits.running;
  }
  if (!given.has('wait')) {
    given.show({ id, job: name, state: 'queued' }, () => id);
    return exits.done;
  }
  given.err(`${name}: run ${id}\n`);
  const run = await follow(given, () => readRun(db, settings, id) as Promise<RunShown>);
  if (!run) {
    given.err(`It goes on: backroom jobs log ${id}\n`);
    return exits.interrupted;
  }
  given.show(run, ({ state, result }) => `${state} ${JSON.stringify(result)}`);
  return run.state === 'succeeded' ? exits.done : exits.failed;
}

/** @returns the run as it has ended; `undefined` if it was no longer waited for */
async function follow({ moves, err, interrupted }: Given, read: () => Promise<RunShown>): Promise<RunShown | undefined> {
  const bar = moves
    ? new SingleBar({ format: '{bar} {percentage} % · {state} · {duration_formatted} · ETA {eta_formatted}', clearOnComplete: true })
    : undefined;
  let said = '';
  bar?.start(100, 0, { state: 'queued' });
  try {
    while (!interrupted.aborted) {
      const run = await read();
      bar?.update(run.progress, { state: run.state });
      const line = `${run.state} ${run.progress - (run.progress % 10)} %`;
      if (!bar && line !== said) err(`${line}\n`);
      said = line;
      if (ended.has(run.state)) return run;
      await sleep(lookMs, undefined, { signal: interrupted }).catch(() => {});
    }
    return undefined;
  } finally {
    bar?.stop();
  }
}
