import { randomBytes } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { checks } from './checks/all.js';
import type { Evidence, Fault } from './evidence.js';
import { storm } from './faults/storm.js';
import { bookOf } from './gather/books.js';
import { fromDatabase } from './gather/database.js';
import { fromKafka } from './gather/kafka.js';
import { personalAtRest } from './gather/at-rest.js';
import { pendingIn } from './gather/settled.js';
import { startLoad, type Load } from './load/load.js';
import type { NamedMutation } from './mutations/mutation.js';
import type { LabOptions } from './options.js';
import { random } from './random.js';
import { report, type Report } from './report.js';
import type { Death } from './stack/role.js';
import { startStack, type Stack } from './stack/stack.js';

export interface RunOptions extends Pick<LabOptions, 'minutes' | 'seed' | 'brokers' | 'perSecond' | 'roles' | 'faults' | 'keep'> {
  readonly mutation?: NamedMutation;
  /** What the lab is at, and how far: shown while it runs. */
  readonly at: (phase: string, done: number, of: number) => void;
}

/** Orders of all kinds pass all boundaries in it, so that they are known before anything is killed. */
const calmMs = 8_000;
/** At most so long until all is settled. */
const settleMs = 240_000;
/** Nothing has moved for so long: nothing will. A claim lives on for 15 s, a Kafka group takes as long to find together again. */
const stuckMs = 50_000;
/** Broken code leaves things stuck more often than not. */
const stuckWhenBrokenMs = 40_000;

/** One run, from the first process to the last. Rejects only if the lab itself fails. */
export async function run(options: RunOptions): Promise<Report> {
  const { seed, minutes, brokers, perSecond, mutation, at } = options;
  const began = Date.now();
  const draw = random(seed);
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'backroom-lab-'));
  fs.chmodSync(dir, 0o711);
  const tidy = (): void => {
    if (!options.keep) fs.rmSync(dir, { recursive: true, force: true, maxRetries: 10 });
  };
  process.once('exit', tidy);
  const faults: Fault[] = [];
  const deaths: Death[] = [];
  const over = (whom: string): void => {
    for (const fault of faults) if (fault.whom === whom && fault.to === Infinity) Object.assign(fault, { to: Date.now() });
  };
  const hits = new Map<string, number>();
  const died = (death: Death): void => {
    deaths.push(death);
    const where = `${death.role} ${death.boundary}`;
    if (death.boundary) hits.set(where, (hits.get(where) ?? 0) + 1);
    faults.push({ whom: death.role, what: 'killed', at: death.boundary, from: death.at, to: Infinity });
  };
  const seconds: Record<string, number> = {};
  const phase = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
    const from = Date.now();
    at(name, 0, 1);
    const result = await work();
    seconds[name] = (Date.now() - from) / 1000;
    return result;
  };

  if (options.keep) process.stderr.write(`Kept in ${dir}\n`);
  let stack: Stack | undefined;
  let load: Load | undefined;
  try {
    const running = (stack = await phase('starting', () => startStack({ dir, brokers, mutation: mutation?.name, died, back: over })));
    const roles = options.roles ?? [...running.roles.keys()];
    const mark = `qx${randomBytes(5).toString('hex')}`;
    const shop = { apiUrl: running.roles.get('api')!.url, statusUrl: running.roles.get('status')!.url, mark };
    const customers = (load = startLoad(shop, { random: draw.fork('load'), perSecond }));
    await phase('calm', () => ticking(calmMs, new AbortController().signal, (done, of) => at('calm', done, of)));

    await phase('storm', async () => {
      const end = new AbortController();
      setMaxListeners(0, end.signal);
      const raging = storm({
        kinds: options.faults,
        stack: running,
        random: draw.fork('storm'),
        roles,
        only: mutation?.boundaries,
        hits,
        signal: end.signal,
        begin: (fault) => {
          const own = { ...fault, from: Date.now(), to: Infinity };
          faults.push(own);
          return { end: () => void (own.to = Date.now()) };
        },
      });
      const over = ticking(minutes * 60_000, end.signal, (done, of) => at('storm', done, of)).finally(() => end.abort());
      // What fails in the lab itself ends the storm.
      await Promise.all([over, raging.finally(() => end.abort())]);
    });

    customers.close();
    for (const role of running.roles.values()) role.arm([], 1);
    await phase('settling', () => settled(running, customers, mutation ? stuckWhenBrokenMs : stuckMs, at));
    await customers.goHome();

    const evidence = await phase('gathering', () => gather(running, customers, faults, mark));
    at('checking', 0, 1);
    const results = checks.map(({ name, says, look }) => ({ name, says, findings: look(evidence) }));
    const known = new Map([...running.roles].map(([name, role]) => [name, role.boundaries()]));
    return report({
      seed,
      minutes,
      brokers,
      mutation: mutation?.name,
      seconds,
      evidence,
      results,
      known,
      deaths,
      surprises: customers.surprises,
      took: Date.now() - began,
    });
  } finally {
    await load?.goHome();
    await stack?.stop();
    process.off('exit', tidy);
    tidy();
  }
}

async function ticking(ms: number, signal: AbortSignal, tell: (done: number, of: number) => void): Promise<void> {
  const from = Date.now();
  for (let gone = 0; gone < ms && !signal.aborted; gone = Date.now() - from) {
    tell(Math.round(gone / 1000), Math.round(ms / 1000));
    await sleep(Math.min(500, ms - gone));
  }
}

/** Waits until nothing is on its way any more, or moves any more: what is left then is the checks' to tell. */
async function settled({ postgres }: Stack, load: Load, stuckMs: number, at: RunOptions['at']): Promise<void> {
  const end = Date.now() + settleMs;
  let most = 1;
  let before = '';
  let moved = Date.now();
  for (let calm = 0; calm < 2 && Date.now() < end && Date.now() < moved + stuckMs; await sleep(400)) {
    const { pending, happened } = await pendingIn(postgres.url);
    const count = Object.values(pending).reduce((sum, one) => sum + one, load.waiting);
    calm = count === 0 ? calm + 1 : 0;
    if (`${happened} ${count}` !== before) moved = Date.now();
    before = `${happened} ${count}`;
    most = Math.max(most, count);
    at('settling', most - count, most);
  }
}

async function gather({ dir, postgres, kafka, mail }: Stack, load: Load, faults: readonly Fault[], mark: string): Promise<Evidence> {
  const world = path.join(dir, 'world');
  const [told, records] = await Promise.all([fromDatabase(postgres.url), fromKafka(kafka.brokers)]);
  const folders = [kafka.dir, path.join(dir, 'logs'), path.join(dir, 'data'), world];
  const spilt = await personalAtRest({ url: postgres.url, folders }, { mark, cardNumbers: load.cardNumbers });
  return {
    ...told,
    accepted: load.accepted,
    seen: load.seen,
    records,
    spilt,
    faults,
    gateway: bookOf(world, 'gateway'),
    printer: bookOf(world, 'printer'),
    carrier: bookOf(world, 'carrier'),
    mails: mail.ledger,
  };
}
