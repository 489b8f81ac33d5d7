import { randomUUID } from 'node:crypto';
import type { Accepted, Seen } from '../evidence.js';
import type { Random } from '../random.js';
import { listen, poll, type Followed } from './follow.js';
import type { Wish } from './order.js';
import { patiently } from './patiently.js';

export interface Shop {
  readonly apiUrl: string;
  readonly statusUrl: string;
  /** Stands in everything personal, and nowhere else: what is searched for at rest. */
  readonly mark: string;
}

type Draft = { -readonly [K in keyof Accepted]: Accepted[K] };

interface Parts {
  readonly wish: Wish;
  readonly photoId?: string;
  readonly random: Random;
  readonly see: (seen: Seen) => void;
  readonly accepted: (order: Accepted) => void;
  readonly end: AbortSignal;
}

/** One customer: places an order (as often as it takes to hear an answer), follows it, perhaps cancels it. */
export async function customer({ apiUrl, statusUrl, mark }: Shop, { wish, photoId, random, see, accepted, end }: Parts): Promise<void> {
  const key = randomUUID();
  const lines = wish.lines.map((line) => ({ ...line, ...(photoId && { photoId }) }));
  const body = JSON.stringify({
    customer: { email: `${mark}.${random.whole(0, 1e9)}@example.com`, name: `Ada ${mark}` },
    shipTo: { name: `Ada ${mark}`, line1: `1 ${mark} Street`, city: `${mark}ville`, postcode: wish.postcode, country: 'AT' },
    lines,
    payment: { card: { number: wish.card, expiry: '12/39', cvc: '737' } },
    priority: wish.lane,
  });
  const headers = { 'content-type': 'application/json', 'idempotency-key': key };
  const place = async (): Promise<{ id: string; token: string; total: { amount: number } }> => {
    const answer = await patiently(`${apiUrl}/orders`, { method: 'POST', headers, body }, end);
    if (answer.status === 202) return answer.json().catch(place) as Promise<{ id: string; token: string; total: { amount: number } }>;
    throw new Error(`POST /orders answered ${answer.status}: ${await answer.text()}`);
  };
  const { id, token, total } = await place();
  const order: Draft = { id, key, kind: wish.kind, lane: wish.lane, total: total.amount, lines: wish.lines, ids: [id] };
  accepted(order);
  // An impatient one sends it again though it has been answered.
  if (random.chance(0.15)) order.ids = [...order.ids, (await place()).id];

  const followed: Followed = { id, token, statusUrl, see, end };
  const cancel = wish.cancelAt === undefined ? undefined : () => cancelOrder(apiUrl, order, token, end);
  const cancelling: Promise<void>[] = [];
  const heard = (version: number): void => {
    if (!cancel || version !== wish.cancelAt) return;
    const asked = cancel();
    // How it went is heard below; where a reader fails first, nobody gets there.
    asked.catch(() => {});
    cancelling.push(asked);
  };
  const readers = [poll(followed, random.whole(400, 1_500))];
  if (cancel || random.chance(0.5)) readers.push(listen(followed, heard));
  await Promise.all(readers);
  await Promise.all(cancelling);
}

async function cancelOrder(apiUrl: string, order: Draft, token: string, end: AbortSignal): Promise<void> {
  order.cancellation = 'asked';
  const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"reason":"changed my mind"}' };
  const { status } = await patiently(`${apiUrl}/orders/${order.id}/cancellation?token=${token}`, init, end);
  // Also after answers that were lost: an order that is cancelled already would have said 202 again.
  if (status === 202) order.cancellation = 'promised';
  if (status === 409) order.cancellation = 'refused';
}
