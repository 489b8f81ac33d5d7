import { orderBody } from '../door/door.js';
import type { Child } from '../machine/child.js';

/** Milliseconds since it was sent. */
export interface Placed {
  readonly accepted: number;
  readonly completed: number;
}

/** Places an order by hand, and waits until the shop says that it is completed. */
export function placerAt(shop: Child): () => Promise<Placed> {
  const completed = new Map<string, () => void>();
  shop.on((message) => {
    const { completed: stream } = message as { completed?: string };
    if (stream) completed.get(stream)?.();
  });
  shop.send('tail');
  return async () => {
    const began = performance.now();
    const answer = await fetch(`${shop.url}/orders`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: orderBody });
    const { id } = (await answer.json()) as { id: string };
    const accepted = performance.now() - began;
    await new Promise<void>((done) => completed.set(`order:${id}`, done));
    return { accepted, completed: performance.now() - began };
  };
}
