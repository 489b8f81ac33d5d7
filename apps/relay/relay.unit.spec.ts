import { EmbeddedBus } from '#libs/bus';
import type { Database } from '#libs/store';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { Relay } from './relay.js';

/** Gives the lease once; after that each request for it goes as `then` says. */
function relayOn(then: () => Promise<never>) {
  let given = false;
  const run = vi.fn<(name: string) => Promise<object[]>>(async (name) => {
    if (name !== 'lease-take') return [];
    if (given) return then();
    given = true;
    return [{ epoch: '1' }];
  });
  const relay = new Relay({ db: { run } as unknown as Database, bus: new EmbeddedBus(), instance: 'one', log: () => {}, leaseMs: 150 });
  const asked = () => run.mock.calls.filter(([name]) => name === 'lease-take').length;
  return { relay, asked };
}

describe('the relay', () => {
  it('leads no longer than its lease was given for, however soon each further request fails', async () => {
    const { relay, asked } = relayOn(async () => {
      throw Object.assign(new Error('away'), { code: 'ECONNREFUSED' });
    });
    relay.start();
    await vi.waitFor(() => expect(relay.leads).toBe(true));
    await vi.waitFor(() => expect(asked()).toBeGreaterThan(1));
    await vi.waitFor(() => expect(relay.leads).toBe(false));
    await relay.stop();
  });

  it('nor while the database says nothing at all', async () => {
    let giveUp: (error: Error) => void = () => {};
    const { relay, asked } = relayOn(() => new Promise((_, reject) => (giveUp = reject)));
    relay.start();
    await vi.waitFor(() => expect(relay.leads).toBe(true));
    await vi.waitFor(() => expect(asked()).toBe(2));
    await vi.waitFor(() => expect(relay.leads).toBe(false));
    giveUp(new Error('Query read timeout'));
    await relay.stop();
  });

  it('keeps an import waiting while others are on the road, though not for ever, and not a moment longer', async () => {
    const row = (lane: string, n: number) => ({
      id: n,
      stream: `order:${n}`,
      version: 1,
      type: 'OrderPlaced',
      data: {},
      meta: { lane },
      at: new Date(),
    });
    let onTheRoad = true;
    const run = async (name: string, _: string, values: readonly unknown[]): Promise<object[]> => {
      if (name === 'lease-take') return [{ epoch: '1' }];
      if (name === 'outbox-forget') return [{ held: true }];
      if (name !== 'outbox-read') return [];
      if (values[0] === 'bulk') return Array.from({ length: 50 }, (_, n) => row('bulk', n));
      return values[0] === 'standard' && onTheRoad ? [row('standard', 1)] : [];
    };
    const carried: string[] = [];
    const bus = new EmbeddedBus();
    vi.spyOn(bus, 'publish').mockImplementation(async (_, [first]) => {
      carried.push(first!.lane);
      await nextTurn();
      // An order's next news.
      if (first!.lane === 'standard') setTimeout(() => relay.ring(['standard']), 5);
    });
    const relay = new Relay({ db: { run } as unknown as Database, bus, instance: 'one', log: () => {} });
    const batches = () => carried.filter((lane) => lane === 'bulk').length;
    relay.start();
    await vi.waitFor(() => expect(batches()).toBeGreaterThan(3), 5_000);
    const between = carried.join(' ').split('bulk').slice(1, -1);
    expect(between.filter((others) => others.split('standard').length < 5)).toEqual([]);
    onTheRoad = false;
    const before = batches();
    await vi.waitFor(() => expect(batches()).toBeGreaterThan(before + 20), 1_000);
    await relay.stop();
  });
});
