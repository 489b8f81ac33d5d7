import { afterEach, describe, expect, it } from 'vitest';
import { startControl, type Controlled } from './control.js';

type Control = Awaited<ReturnType<typeof startControl>>;

describe('the stack’s door for the dashboard', () => {
  let control: Control | undefined;
  afterEach(() => control?.close());

  const done: string[] = [];
  const said: string[] = [];
  const say = (sentence: string): void => void said.push(sentence);
  const one = (name: string, pid?: number, frozen = false): ReturnType<Controlled['processes']>[number] => ({
    name,
    pid,
    frozen,
    kill: () => void done.push(`kill ${name} ${pid}`),
    freeze: (ms) => void done.push(`freeze ${name} ${pid} ${ms}`),
  });
  const processes = [one('status', 10), one('payments', 11), one('payments', 12, true), one('jobs')];
  const pools: Controlled['pools'] = [
    {
      role: 'payments',
      size: { min: 1, max: 2, each: 500, coolMs: 1 },
      instances: [],
      set: ({ min, max, each }) => void done.push(`set ${min} ${max} ${each}`),
    },
  ];
  const wipe = async () => {
    done.push('wipe');
    return { streams: 2, news: 7 };
  };
  const open = async (more: Partial<Controlled> = {}): Promise<void> => {
    done.length = said.length = 0;
    control = await startControl({ processes: () => processes, pools, lab: true, wipe, room: 9, say, ...more });
  };
  const ask = async (method: string, path: string, body?: unknown, key?: string) => {
    const { origin, username, password } = new URL(control!.url);
    const answer = await fetch(`${origin}${path}`, {
      method,
      headers: {
        authorization: `Basic ${btoa(`${username}:${key ?? password}`)}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    return { status: answer.status, type: answer.headers.get('content-type'), body: (await answer.json()) as Record<string, unknown> };
  };

  it('opens to nobody without the key of its URL, which no other has', async () => {
    await open();
    const { origin, hostname } = new URL(control!.url);
    expect(hostname).toBe('127.0.0.1');
    expect((await fetch(origin)).status).toBe(401);
    for (const [method, path] of [
      ['GET', '/'],
      ['PUT', '/pools/payments'],
      ['POST', '/processes/payments/kill'],
      ['POST', '/processes/payments/freeze'],
      ['POST', '/kafka/wipe'],
    ] as const) {
      const { status, type } = await ask(method, path, method === 'GET' ? undefined : {}, 'another');
      expect({ path, status, type }).toEqual({ path, status: 401, type: 'application/problem+json' });
    }
    expect(done).toEqual([]);
    const first = control!.url;
    await control!.close();
    await open();
    expect(new URL(control!.url).password).not.toBe(new URL(first).password);
  });

  it('tells what there is', async () => {
    await open();
    expect((await ask('GET', '/')).body).toEqual({
      lab: true,
      kafka: true,
      pools: [{ role: 'payments', processes: 0, min: 1, max: 2, each: 500 }],
      processes: [
        { role: 'status', pid: 10, state: 'running' },
        { role: 'payments', pid: 11, state: 'running' },
        { role: 'payments', pid: 12, state: 'frozen' },
        { role: 'jobs', pid: null, state: 'ended' },
      ],
    });
  });

  it('does what it is told, to the process that is meant', async () => {
    await open();
    expect((await ask('POST', '/processes/payments/kill')).body).toEqual({ role: 'payments', pid: 11, state: 'running' });
    await ask('POST', '/processes/payments/kill', { pid: 12 });
    await ask('POST', '/processes/status/kill', {});
    await ask('POST', '/processes/payments/freeze', { pid: 12, seconds: 3 });
    await ask('PUT', '/pools/payments', { min: 2, max: 4, each: 20 });
    expect((await ask('POST', '/kafka/wipe')).body).toEqual({ streams: 2, news: 7 });
    expect(done).toEqual(['kill payments 11', 'kill payments 12', 'kill status 10', 'freeze payments 12 3000', 'set 2 4 20', 'wipe']);
  });

  it('names what is wrong, and does nothing then', async () => {
    await open();
    for (const [method, path, body, status, pointer] of [
      ['PUT', '/pools/payments', { min: 0, max: 1, each: 1 }, 422, '/min'],
      ['PUT', '/pools/payments', { min: 3, max: 2, each: 1 }, 422, '/max'],
      ['PUT', '/pools/payments', { min: 1, max: 1, each: 0 }, 422, '/each'],
      ['PUT', '/pools/payments', { min: 1, max: 1 }, 422, '/each'],
      ['PUT', '/pools/api', { min: 1, max: 1, each: 1 }, 404],
      ['POST', '/processes/payments/kill', { pid: 99 }, 422, '/pid'],
      ['POST', '/processes/payments/kill', { when: 'now' }, 422, '/when'],
      ['POST', '/processes/world/kill', {}, 404],
      ['POST', '/processes/jobs/kill', {}, 503],
      ['POST', '/processes/payments/freeze', { seconds: 61 }, 422, '/seconds'],
      ['POST', '/processes/payments/freeze', {}, 422, '/seconds'],
      ['POST', '/processes/world/freeze', { seconds: 1 }, 404],
      // Who would answer, and who would thaw it, for whom nobody answers?
      ['POST', '/processes/status/freeze', { seconds: 1 }, 422, ''],
      ['POST', '/elsewhere', {}, 404],
    ] as const) {
      const answer = await ask(method, path, body);
      const told = { path, status: answer.status, pointer: (answer.body.errors as { pointer: string }[] | undefined)?.[0]?.pointer };
      expect(told).toEqual({ path, status, pointer });
    }
    expect(done).toEqual([]);
    expect(said).toEqual([]);
  });

  it('says of what it has failed, but to nobody who asks', async () => {
    await open({ wipe: () => Promise.reject(new Error('no broker at 10.0.0.1')) });
    const { status, body } = await ask('POST', '/kafka/wipe');
    expect(status).toBe(500);
    expect(JSON.stringify(body)).not.toContain('10.0.0.1');
    expect(said).toEqual([expect.stringMatching(/^POST \/kafka\/wipe has failed: Error: no broker at 10\.0\.0\.1/)]);
  });

  it('has no more processes than the database has connections for; one that is too large may become smaller', async () => {
    const jobs = { ...pools[0]!, role: 'jobs', size: { min: 1, max: 5, each: 500, coolMs: 1 } };
    await open({ pools: [...pools, jobs] });
    expect((await ask('PUT', '/pools/payments', { min: 1, max: 5, each: 1 })).body).toMatchObject({
      status: 422,
      errors: [{ pointer: '/max', detail: 'The database has connections for 9 of these processes, and 5 may be of other roles.' }],
    });
    expect(done).toEqual([]);
    expect((await ask('PUT', '/pools/payments', { min: 1, max: 4, each: 1 })).status).toBe(200);
    await control!.close();
    await open({ pools: [...pools, jobs], room: 1 });
    expect((await ask('PUT', '/pools/jobs', { min: 1, max: 4, each: 1 })).status).toBe(200);
  });

  it('scales where nothing is to be broken, and does nothing else', async () => {
    await open({ lab: false });
    expect((await ask('GET', '/')).body).toMatchObject({ lab: false, kafka: false });
    expect((await ask('PUT', '/pools/payments', { min: 1, max: 1, each: 1 })).status).toBe(200);
    expect((await ask('POST', '/processes/payments/kill', {})).status).toBe(404);
    expect((await ask('POST', '/processes/payments/freeze', { seconds: 1 })).status).toBe(404);
    expect((await ask('POST', '/kafka/wipe')).status).toBe(404);
    await control!.close();
    await open({ wipe: undefined });
    expect((await ask('GET', '/')).body).toMatchObject({ lab: true, kafka: false });
    expect((await ask('POST', '/kafka/wipe')).status).toBe(404);
    expect(done).toEqual([]);
  });
});
