import { describe, expect, it } from 'vitest';
import { busContract, someNews } from './contract.js';
import { EmbeddedBus } from './embedded.js';

const backoff = { firstMs: 2, maxMs: 20 };
let topics = 0;

busContract('the embedded bus', async () => {
  const bus = new EmbeddedBus({ backoff });
  return { bus, topic: async () => `topic-${++topics}`, close: () => bus.close() };
});

describe('publishing to the embedded bus', () => {
  it('is pending until every group has handled the news', async () => {
    const bus = new EmbeddedBus({ backoff });
    let open = (): void => undefined;
    const opened = new Promise<void>((resolve) => (open = resolve));
    const handled: string[] = [];
    bus.subscribe('quick', 'orders', async () => void handled.push('quick'));
    bus.subscribe('slow', 'orders', async () => {
      await opened;
      handled.push('slow');
    });
    let settled = false;
    const publishing = bus.publish('orders', someNews(1)).then(() => (settled = true));
    await expect.poll(() => handled).toEqual(['quick']);
    expect(settled).toBe(false);
    open();
    await publishing;
    expect(handled).toEqual(['quick', 'slow']);
    await bus.close();
  });

  it('waits for a group whose members have left, and fails when the bus closes over it', async () => {
    const bus = new EmbeddedBus({ backoff });
    await bus.subscribe('group', 'orders', async () => undefined).close();
    const publishing = bus.publish('orders', someNews(2));
    const failing = expect(publishing).rejects.toThrow('closed before');
    expect(await bus.lag('group', 'orders')).toMatchObject({ messages: 2 });
    await bus.close();
    await failing;
    await expect(bus.publish('orders', [])).rejects.toThrow('closed');
  });
});
