import { describe, expect, it } from 'vitest';
import { createLog, type Log } from './log.js';
import { NestLog } from './nest-log.js';
import { start } from './start.js';

const logged = (use: (log: Log) => void, more: Partial<Parameters<typeof createLog>[0]> = {}): string[] => {
  const written: string[] = [];
  use(
    createLog({ level: 'info', readable: false, role: 'api', instance: 'i-1', to: { write: (line) => void written.push(line) }, ...more }),
  );
  return written;
};
const event = (use: (log: Log) => void) => JSON.parse(logged(use)[0]!);

describe('the log', () => {
  it('writes one JSON object a line, with role and instance', () => {
    const [line, ...more] = logged((log) => log.info({ epoch: 4 }, 'lost\nthe lease'));
    expect(more).toEqual([]);
    expect(line).toMatch(/^[^\n]+\n$/);
    expect(JSON.parse(line!)).toEqual({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      role: 'api',
      instance: 'i-1',
      epoch: 4,
      msg: 'lost\nthe lease',
    });
  });

  it('never names a token', () => {
    const url = '/orders/1?a=b&token=s3cret&c=d';
    const error = new Error(`Cannot GET ${url}`);
    const text = logged((log) => log.info({ url, token: 's3cret', headers: { authorization: 'Bearer s3cret' }, error }, 'x')).join('');
    expect(text).not.toContain('s3cret');
    expect(JSON.parse(text).url).toBe('/orders/1?a=b&token=[redacted]&c=d');
  });

  it.each(['authorization', 'token', 'password', 'card', 'cvc', 'email', 'callbackUrl', 'webhookSecret'])('never tells %s', (secret) => {
    expect(event((log) => log.info({ [secret]: 's3cret', about: { [secret]: { number: 's3cret' }, lane: 'bulk' } }, 'x'))).toMatchObject({
      [secret]: '[redacted]',
      about: { [secret]: '[redacted]', lane: 'bulk' },
    });
  });

  it('tells of an error what went wrong and where, but no values of a statement', () => {
    const cause = Object.assign(new Error('duplicate key'), { code: '23505', detail: 'Key (email)=(ada@example.com) already exists.' });
    const error = Object.assign(new Error('failed', { cause }), { parameters: ['ada@example.com'] });
    for (const said of [{ error }, { why: error }, { about: { error } }]) {
      const told = event((log) => log.error(said, 'x'));
      const { message, stack, ...more } = told.error ?? told.why ?? told.about.error;
      expect({ message, ...more }).toMatchObject({ type: 'Error', message: 'failed', cause: { message: 'duplicate key', code: '23505' } });
      expect(stack).toContain('log.unit.spec');
      expect(JSON.stringify(told)).not.toContain('ada@');
    }
  });

  it('is readable where people read it', () => {
    const [line] = logged((log) => log.warn({ epoch: 4, group: 'orders' }, 'lost the lease'), { readable: true });
    expect(line).toMatch(/^\d\d:\d\d:\d\d\.\d{3} {2}warn {3}api {2}lost the lease {2}epoch=4 {2}group=orders\n$/);
    expect(logged((log) => log.error({ error: new Error('boom') }, 'x'), { readable: true })[0]).toMatch(/\n.*Error: boom\n +at /);
    // kafkajs tells of its errors by their message alone.
    expect(logged((log) => log.error({ error: 'boom' }, 'x'), { readable: true })[0]).toMatch(/ x\nboom\n$/);
  });

  it.each([
    ['development', /^\d\d:\d\d:\d\d\.\d{3} {2}debug {2}\w+ {2}/],
    ['production', /^\{"level":"debug",.*\}\n$/],
  ])('is of that kind in %s', async (NODE_ENV, line) => {
    const written: string[] = [];
    const env = { PORT: '0', NODE_ENV, LOG_LEVEL: 'debug' };
    const role = { name: 'api', port: 0, module: async () => class Empty {} };
    const running = await start([role], { env, logTo: { write: (text) => void written.push(text) } });
    await running.stop();
    expect(written.length).toBeGreaterThan(0);
    expect(written.filter((text) => !line.test(text))).toEqual([]);
  });

  it("takes Nest's own words, its tale of the start for debug only", () => {
    expect(logged((log) => new NestLog(log).log('Mapped {/orders}', 'RouterExplorer'))).toEqual([]);
    expect(event((log) => new NestLog(log).error('boom', 'the stack', 'Ctx'))).toMatchObject({
      msg: 'boom',
      context: 'Ctx',
      stack: 'the stack',
    });
    expect(event((log) => new NestLog(log).error(new TypeError('boom'), 'Ctx'))).toMatchObject({
      msg: 'boom',
      error: { type: 'TypeError' },
    });
  });
});
