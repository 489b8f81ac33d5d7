import { EmbeddedBus } from '#libs/bus';
import type { Database } from '#libs/store';
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
});
