import { EventEmitter, once } from 'node:events';
import { Agent, get as httpGet, type IncomingMessage } from 'node:http';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { Controller, Get, Injectable, Module, Res, type OnModuleDestroy } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { Lifecycle } from './lifecycle.js';
import { run } from './run.js';
import type { StartOptions } from './start.js';

const dir = mkdtempSync(path.join(os.tmpdir(), 'backroom-run-'));
afterAll(() => rmSync(dir, { recursive: true }));

const order: string[] = [];
let release!: () => void;
let closing: Promise<void> | undefined;

@Injectable()
class Database implements OnModuleDestroy {
  async onModuleDestroy() {
    order.push('database closes');
    await closing;
  }
}

@Controller()
class TestController {
  constructor(private readonly lifecycle: Lifecycle) {}

  @Get('slow')
  async slow() {
    await new Promise<void>((resolve) => (release = resolve));
    order.push('slow is answered');
    return 'done';
  }

  @Get('stream')
  stream(@Res() reply: FastifyReply) {
    reply.hijack();
    reply.raw.writeHead(200, { 'content-type': 'text/event-stream' }).write(': hello\n\n');
    this.lifecycle.onStop(() => void reply.raw.end('data: bye\n\n'));
  }
}

@Module({ controllers: [TestController], providers: [Database] })
class TestModule {}

/** A process that only plays: signals are emitted by hand, exits are written down. */
const play = (env: NodeJS.ProcessEnv, more: StartOptions = {}) => {
  order.length = 0;
  closing = undefined;
  const events = new EventEmitter();
  const exits: number[] = [];
  const said: string[] = [];
  const logged: { msg: string; url?: string }[] = [];
  const life = run([{ name: 'api', port: 0, module: async () => TestModule }], {
    env: { PORT: '0', NODE_ENV: 'test', DATA_DIR: dir, ...env },
    logTo: { write: (line) => void logged.push(JSON.parse(line)) },
    on: (event, listener) => events.on(event, listener),
    exit: (code) => void exits.push(code),
    say: (sentence) => void said.push(sentence),
    ...more,
  });
  const url = () => logged.find(({ msg }) => msg === 'ready')?.url;
  return { life, events, exits, said, logged, url };
};
const get = async (url: string, agent?: Agent): Promise<IncomingMessage> => (await once(httpGet(url, { agent }), 'response'))[0];
const text = async (answer: IncomingMessage) => (await answer.toArray()).join('');

describe('run', () => {
  it('stops on SIGTERM: streams end, what is in flight is answered, then the modules close, then what they stood on', async () => {
    const infrastructure = () => ({ modules: [], close: async () => void order.push('infrastructure closes') });
    const { life, events, exits, url, logged } = play({}, { infrastructure });
    await life;
    const agent = new Agent({ keepAlive: true });
    await text(await get(`${url()}/health/live`, agent));
    const stream = await get(`${url()}/stream`);
    const slow = get(`${url()}/slow`);
    await vi.waitUntil(() => release !== undefined);

    events.emit('SIGTERM', 'SIGTERM');
    expect(await text(stream)).toBe(': hello\n\ndata: bye\n\n');
    await vi.waitUntil(() =>
      get(`${url()}/slow`).then(
        () => false,
        (error) => error.code === 'ECONNREFUSED',
      ),
    );
    expect(order).toEqual([]);
    release();
    expect(await text(await slow)).toBe('done');
    await vi.waitUntil(() => exits.length > 0);
    expect([exits, order]).toEqual([[0], ['slow is answered', 'database closes', 'infrastructure closes']]);
    expect(logged.map(({ msg }) => msg)).toEqual(['ready', 'stopping', 'stopped']);
    agent.destroy();
  });

  it('cuts off an answer that does not end in half of the time, and still closes the modules', async () => {
    const { life, events, exits, url } = play({ STOP_WITHIN_SECONDS: '1' });
    await life;
    const before = release;
    const slow = get(`${url()}/slow`).catch((error) => error.code);
    await vi.waitUntil(() => release !== before);
    events.emit('SIGINT', 'SIGINT');
    expect(await slow).toBe('ECONNRESET');
    await vi.waitUntil(() => exits.length > 0);
    expect([exits, order]).toEqual([[0], ['database closes']]);
    release();
  });

  it('exits with 1 when it does not stop in time', async () => {
    const { life, events, exits, logged } = play({ STOP_WITHIN_SECONDS: '1' });
    await life;
    let close!: () => void;
    closing = new Promise((resolve) => (close = resolve));
    events.emit('SIGTERM', 'SIGTERM');
    await vi.waitUntil(() => exits.length > 0, { timeout: 5000 });
    expect([exits[0], logged.at(-1)!.msg]).toEqual([1, 'did not stop in time']);
    close();
    await vi.waitUntil(() => exits.length > 1);
  });

  it('exits at once on a second signal', async () => {
    const { life, events, exits } = play({});
    await life;
    let close!: () => void;
    closing = new Promise((resolve) => (close = resolve));
    events.emit('SIGTERM', 'SIGTERM');
    events.emit('SIGINT', 'SIGINT');
    expect(exits).toEqual([1]);
    close();
    await vi.waitUntil(() => exits.length > 1);
  });

  it('takes the Ctrl-C that npm hands on for the one it has heard', async () => {
    const { life, events, exits } = play({});
    await life;
    events.emit('SIGINT', 'SIGINT');
    events.emit('SIGINT', 'SIGINT');
    await vi.waitUntil(() => exits.length > 0);
    expect(exits).toEqual([0]);
  });

  it('closes what it has started when a signal comes while it starts', async () => {
    const { life, events, exits } = play({});
    events.emit('SIGTERM', 'SIGTERM');
    await life;
    await vi.waitUntil(() => exits.length > 0);
    expect([exits, order]).toEqual([[0], ['database closes']]);
  });

  it.each(['uncaughtException', 'unhandledRejection'])('logs an %s and exits with 1', async (event) => {
    const { life, events, exits, logged } = play({});
    await life;
    events.emit(event, new Error('nobody caught me'));
    expect([exits, logged.at(-1)]).toEqual([
      [1],
      expect.objectContaining({ level: 'fatal', error: expect.objectContaining({ message: 'nobody caught me' }) }),
    ]);
    events.emit('SIGTERM', 'SIGTERM');
    await vi.waitUntil(() => exits.length > 1);
  });

  it('says in one sentence that a setting is wrong', async () => {
    const { life, exits, said } = play({ PORT: 'x' });
    await life;
    expect([exits, said]).toEqual([[1], ['PORT must be a whole number from 0 to 65535, not "x".']]);
  });

  const sentence = (port: number): string => `Port ${port} of 127.0.0.1 is taken: stop what listens there, or set PORT to another.`;
  const listening = async (at: number): Promise<{ port: number; close(): void }> => {
    const other = createServer().listen(at, '127.0.0.1');
    await once(other, 'listening');
    return { port: (other.address() as AddressInfo).port, close: () => void other.close() };
  };

  it('says in one sentence that the port is taken, before it starts anything', async () => {
    const other = await listening(0);
    const infrastructure = vi.fn(() => ({ modules: [] }));
    const { life, exits, said, logged } = play({ PORT: String(other.port) }, { infrastructure });
    await life;
    other.close();
    expect([exits, said, logged, infrastructure.mock.calls.length]).toEqual([[1], [sentence(other.port)], [], 0]);
  });

  it('closes what it has started when the port is taken meanwhile', async () => {
    const { port, close: leave } = await listening(0);
    leave();
    const close = vi.fn(() => Promise.resolve());
    let other!: { close(): void };
    const infrastructure = async () => {
      other = await listening(port);
      return { modules: [], close };
    };
    const { life, exits, said } = play({ PORT: String(port) }, { infrastructure });
    await life;
    other.close();
    expect([exits, said]).toEqual([[1], [sentence(port)]]);
    expect([order, close.mock.calls.length]).toEqual([['database closes'], 1]);
  });
});
