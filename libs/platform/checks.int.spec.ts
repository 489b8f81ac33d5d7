import { EmbeddedBus } from '#libs/bus';
import { Health } from '#libs/host';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase } from '../../test/setup/database.js';
import { query } from '../../test/setup/query.js';
import { watchShop } from './checks.js';
import { Lags } from './lags.js';

let url: string;
let close: () => Promise<void>;
const bus = new EmbeddedBus();
const lags = new Lags(bus);
const health = new Health();

beforeAll(async () => {
  // The role with the fewest rights can see it all.
  const fresh = await openDatabase({ role: 'backroom_thumbnails', connections: 1 });
  ({ url, close } = fresh);
  const { db } = fresh;
  watchShop(health, { db, bus, lags, needsBroker: true });
});
afterAll(async () => {
  await bus.close();
  await close?.();
});

const ask = async (name: string) =>
  health
    .checks()
    .find((check) => check.name === name)!
    .check(AbortSignal.timeout(5_000));
const plant = (sql: string) => query(url, sql);

describe('An idle shop', () => {
  it('is well', async () => {
    expect(await ask('outbox')).toEqual({ count: 0, oldestSeconds: 0, parked: 0 });
    expect(await ask('leader')).toEqual({});
    expect(await ask('stalled')).toEqual({ overdueStreams: 0, overdueEffects: 0, deadLetters: 0, parked: 0 });
    expect(await ask('lag')).toEqual({ groups: {} });
  });
});

describe('outbox', () => {
  it('counts what waits, and is down when nobody publishes', async () => {
    const event = (ago: string) => `
      INSERT INTO events (stream, version, type, data, meta, at) VALUES ('order:${ago}', 1, 'OrderPlaced', '{}', '{"lane":"standard"}', now() - interval '${ago}');
      INSERT INTO outbox (lane, stream, version) VALUES ('standard', 'order:${ago}', 1)`;
    await plant(event('30 s'));
    expect(await ask('outbox')).toMatchObject({ count: 1, oldestSeconds: expect.closeTo(30, -1) });
    await plant('DELETE FROM outbox');
    await plant(event('90 s'));
    await expect(ask('outbox')).rejects.toThrow('Nobody publishes: 1 news wait');
    // What is parked waits for an operator.
    await plant(`INSERT INTO parked (stream, error) VALUES ('order:90 s', 'too large')`);
    expect(await ask('outbox')).toEqual({ count: 1, oldestSeconds: 0, parked: 1 });
    await plant('DELETE FROM parked');
    await plant('DELETE FROM outbox');
  });
});

describe('leader', () => {
  it('is named, may change, and is down when there is none for long', async () => {
    await plant(`INSERT INTO leases (name, holder, epoch, until) VALUES ('relay', 'a', 1, now() + interval '5 s')`);
    expect(await ask('leader')).toEqual({ relay: 'a' });
    await plant(`UPDATE leases SET until = now() - interval '5 s'`);
    expect(await ask('leader')).toEqual({ relay: 'a' });
    await plant(`UPDATE leases SET until = now() - interval '60 s'`);
    await expect(ask('leader')).rejects.toThrow('Nobody is the relay’s leader.');
  });
});

describe('stalled', () => {
  it('counts dead letters, and is down for what nobody takes up', async () => {
    await plant(`INSERT INTO bookmarks (consumer, stream, head, dead_at) VALUES ('c', 'order:dead', 1, now() - interval '1 day')`);
    await plant(`INSERT INTO parked (stream, error) VALUES ('order:parked', 'too large')`);
    await plant(`INSERT INTO bookmarks (consumer, stream, head, due) VALUES ('c', 'order:soon', 1, now() - interval '5 s')`);
    expect(await ask('stalled')).toEqual({ overdueStreams: 0, overdueEffects: 0, deadLetters: 1, parked: 1 });
    await plant(`UPDATE bookmarks SET due = now() - interval '61 s' WHERE stream = 'order:soon'`);
    await expect(ask('stalled')).rejects.toThrow('1 streams and 0 effects');
    await plant(`DELETE FROM bookmarks`);
    const effect = (key: string, until: string) =>
      plant(
        `INSERT INTO effects (key, kind, stream, lane, input, claim, claimed_until) VALUES ('${key}', 'k', 's', 'standard', '{}', gen_random_uuid(), ${until})`,
      );
    await effect('held', `now() + interval '5 s'`);
    expect(await ask('stalled')).toMatchObject({ overdueEffects: 0 });
    await effect('lost', `now() - interval '61 s'`);
    await expect(ask('stalled')).rejects.toThrow('0 streams and 1 effects');
  });
});

describe('lag', () => {
  it('is of all lanes together, and asked for each two seconds at most', async () => {
    lags.watch('g', 'orders');
    const asked: string[] = [];
    bus.lag = async (group, topic) => {
      asked.push(`${group} ${topic}`);
      return topic === 'orders.express' ? { messages: 2, oldestSeconds: 9 } : { messages: 1, oldestSeconds: 4 };
    };
    const fresh = new Lags(bus);
    fresh.watch('g', 'orders');
    const both = await Promise.all([fresh.check(), fresh.check()]);
    expect(both).toEqual([{ groups: { g: { messages: 4, oldestSeconds: 9 } } }, { groups: { g: { messages: 4, oldestSeconds: 9 } } }]);
    expect(asked.toSorted()).toEqual(['g orders', 'g orders.bulk', 'g orders.express']);
  });
});
