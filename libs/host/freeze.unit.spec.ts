import { EventEmitter } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Controller, Get, Module, type Type } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { run, type RunOptions } from './run.js';

let broken: Error | undefined;

@Controller()
class TestController {
  constructor() {
    if (broken) throw broken;
  }

  @Get('work')
  work() {
    return 'done';
  }
}
@Module({ controllers: [TestController] })
class TestModule {}

let dir: string;
const playing: { events: EventEmitter; exits: number[] }[] = [];
beforeEach(async () => {
  broken = undefined;
  dir = await mkdtemp(path.join(os.tmpdir(), 'backroom-freeze-'));
});
afterEach(async () => {
  for (const { events, exits } of playing.splice(0)) {
    events.emit('SIGTERM', 'SIGTERM');
    await vi.waitUntil(() => exits.length > 0);
  }
  await rm(dir, { recursive: true });
});

const freezing = { after: 3, firstMs: 120_000, maxMs: 480_000 };

/** A process that only plays. */
function play(env: NodeJS.ProcessEnv = {}, more: RunOptions = {}, modules = [TestModule], load = async (module: Type<unknown>) => module) {
  const events = new EventEmitter();
  const exits: number[] = [];
  const said: string[] = [];
  const logged: { msg: string; url?: string; why?: string }[] = [];
  const life = run(
    modules.map((module, nth) => ({ name: ['api', 'status'][nth]!, port: 0, module: () => load(module) })),
    {
      env: { PORT: '0', NODE_ENV: 'test', DATA_DIR: dir, ...env },
      logTo: { write: (line) => void logged.push(JSON.parse(line)) },
      on: (event, listener) => events.on(event, listener),
      exit: (code) => void exits.push(code),
      say: (sentence) => void said.push(sentence),
      version: 'one',
      freezing,
      ...more,
    },
  );
  const up = async (what = 'Takes no work') => {
    await vi.waitUntil(() => logged.some(({ msg }) => msg.startsWith(what)), { timeout: 4_000 });
    const { url } = logged.find(({ msg }) => msg.startsWith(what))!;
    return async (page: string) => {
      const answer = await fetch(`${url}${page}`);
      return [answer.status, await answer.json().catch(() => undefined)] as const;
    };
  };
  const one = { life, events, exits, said, logged, up };
  playing.push(one);
  return one;
}
async function die(more: RunOptions = {}, env: NodeJS.ProcessEnv = {}): Promise<void> {
  broken ??= new Error('no such table');
  const { life, exits } = play(env, more);
  await life;
  playing.pop();
  expect(exits).toEqual([1]);
}

describe('FREEZE', () => {
  it('one role: nothing of it is run; the process lives, is not ready, and says why', async () => {
    broken = new Error('would not start');
    const { life, logged, exits, up } = play({ FREEZE: 'true' });
    await life;
    const get = await up();
    expect(logged.map(({ msg }) => msg)).toEqual(['Takes no work: FREEZE is set.']);
    expect((await get('/health/live'))[0]).toBe(200);
    expect(await get('/health/ready')).toEqual([
      503,
      expect.objectContaining({ error: { process: { status: 'down', message: 'frozen: FREEZE is set' } } }),
    ]);
    expect((await get('/metrics'))[0]).toBe(200);
    expect(await get('/work')).toEqual([503, expect.objectContaining({ title: 'Unavailable' })]);
    expect(exits).toEqual([]);
  });

  it('many roles: the doors stay open', async () => {
    const { up } = play({ FREEZE: 'true' }, {}, [TestModule, class {}]);
    const get = await up();
    expect((await get('/health/ready'))[0]).toBe(503);
    expect((await get('/work'))[0]).toBe(200);
  });

  it('a word that is none of its own ends the start', async () => {
    const { life, said } = play({ FREEZE: 'maybe' });
    await life;
    expect(said).toEqual(['FREEZE must be true or false, not "maybe".']);
  });
});

describe('who dies before it was ready', () => {
  it('since it cannot even be loaded, is frozen after the third time, and nothing of it is loaded any more', async () => {
    const load = vi.fn(() => Promise.reject(new SyntaxError('Unexpected token')));
    for (let deaths = 0; deaths < 3; deaths++) {
      const { life, exits } = play({}, {}, [TestModule], load);
      await life;
      playing.pop();
      expect(exits).toEqual([1]);
    }
    const { logged, up, exits } = play({}, {}, [TestModule], load);
    expect((await (await up())('/health/live'))[0]).toBe(200);
    expect(logged[0]).toMatchObject({ why: 'Unexpected token', msg: expect.stringContaining('it has died 3 times') });
    expect([load.mock.calls.length, exits]).toEqual([3, []]);
  });

  it('is frozen after the third time, and stopped cleanly', async () => {
    for (let deaths = 0; deaths < 3; deaths++) await die();
    const { logged, up, exits, events } = play();
    const get = await up();
    expect(logged[0]).toMatchObject({
      level: 'error',
      why: 'no such table',
      msg: expect.stringMatching(/^Takes no work: it has died 3 times before it was ready, and tries again at 20.*Z\.$/),
    });
    expect((await get('/health/live'))[0]).toBe(200);
    expect((await get('/health/ready'))[1]).toMatchObject({
      error: { process: { message: expect.stringMatching(/^frozen: it has died 3 times/) } },
    });
    expect((await get('/work'))[0]).toBe(503);
    events.emit('SIGTERM', 'SIGTERM');
    await vi.waitUntil(() => exits.length > 0);
    expect(exits).toEqual([0]);
  });

  it('and is swapped with another version meanwhile, starts at once', async () => {
    for (let deaths = 0; deaths < 3; deaths++) await die();
    broken = undefined;
    const get = await play({}, { version: 'the one before' }).up('ready');
    expect(await get('/work')).toEqual([200, undefined]);
  });

  it('thaws by itself, and is frozen for longer when it dies again', async () => {
    const quick = { freezing: { after: 1, firstMs: 400, maxMs: 120_000 } };
    await die(quick);
    // Frozen, then tried again: dies.
    broken = new Error('still none');
    const second = play({}, quick);
    await second.life;
    playing.pop();
    expect(second.exits).toEqual([1]);
    expect(second.logged[0]!.msg).toMatch(/^Takes no work: it has died 1 times/);
    const third = play({}, { freezing: { ...quick.freezing, firstMs: 30_000 } });
    await third.up();
    const until = (text: string): number => Date.parse(/at (\S+Z)\.$/.exec(text)![1]!);
    expect(third.logged[0]).toMatchObject({ why: 'still none', msg: expect.stringMatching(/^Takes no work: it has died 2 times/) });
    // Twice the first, of which chance may take half.
    expect(until(third.logged[0]!.msg) - Date.now()).toBeGreaterThan(29_000);
  });

  it('thaws, and works when what broke it is mended; then nothing is counted any more', async () => {
    const quick = { freezing: { after: 1, firstMs: 200, maxMs: 200 } };
    await die(quick);
    broken = undefined;
    const { up, logged } = play({}, quick);
    const get = await up('ready');
    expect((await get('/work'))[0]).toBe(200);
    expect(logged.map(({ msg }) => msg.slice(0, 13))).toEqual(['Takes no work', 'ready']);
    expect(await readdir(path.join(dir, 'starts'))).toEqual([]);
  });

  it.each([
    ['a database that is away', { isOutage: () => true }, {}],
    ['a wrong setting', {}, { LOG_LEVEL: 'loud' }],
  ])('for want of %s is not counted', async (_, more, env) => {
    for (let deaths = 0; deaths < 4; deaths++) await die(more, env);
    broken = undefined;
    await play().up('ready');
  });
});
