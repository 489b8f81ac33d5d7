import { Database } from '#libs/store';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openDatabase } from '../../../test/setup/database.js';
import { NoAnswer, type Answer, type Call } from './call.js';
import { Receivers } from './receivers.js';
import { sendWebhook, type WebhookInput } from './send-webhook.js';
import { makeTries } from './tries.js';

let host: Awaited<ReturnType<typeof openDatabase>>;
let db: Database;
beforeAll(async () => {
  host = await openDatabase();
  // By the rights of the role that sends.
  db = new Database({ url: host.url, role: 'backroom_notifications' });
});
afterAll(async () => {
  await db.close();
  await host.close();
});

const dayMs = 24 * 3_600_000;
const never = new AbortController().signal;

/** An order that is called back, and what calls for it: each answers in turn. */
async function given(...answers: (Answer | NoAnswer | Promise<Answer>)[]) {
  const stream = `order:${crypto.randomUUID()}`;
  await host.db.run('t-person', `INSERT INTO personal (stream, kind, data) VALUES ($1, 'customer', $2)`, [
    stream,
    JSON.stringify({ callbackUrl: 'https://client.example/hook?key=secret' }),
  ]);
  const call = vi.fn<Call>(async () => {
    const answer = answers.shift()!;
    if (answer instanceof NoAnswer) throw answer;
    return answer;
  });
  const effect = sendWebhook({
    db,
    call,
    receivers: new Receivers(),
    tries: makeTries(db),
    secretOf: () => 'whsec_c2VjcmV0',
    linksOf: () => ({}),
    log: () => {},
  });
  const perform = (attempt: number, agoMs = 0) => {
    const input: WebhookInput = { stream, status: 'paying', version: 3, at: new Date(Date.now() - agoMs).toISOString() };
    return effect.perform(input, 'key', never, attempt);
  };
  const tries = () =>
    db.run('t-tries', 'SELECT version, status, attempt, code, error FROM webhook_tries WHERE stream = $1 ORDER BY at, attempt', [stream]);
  return { stream, call, effect, perform, tries };
}

const told = { version: 3, status: 'paying', code: null, error: null };

describe('a webhook', () => {
  it('is done by 2xx; anything else is tried again, in the receiver’s own time if it says so when busy', async () => {
    const { perform, tries } = await given(
      { status: 204 },
      { status: 404 },
      { status: 301, retryAfterMs: 9_000 },
      { status: 503, retryAfterMs: 9_000 },
      new NoAnswer('ECONNREFUSED'),
    );
    expect(await perform(1)).toEqual({ done: { status: 204 } });
    expect(await perform(2)).toEqual({ failed: 'answered 404' });
    expect(await perform(3)).toEqual({ failed: 'answered 301' });
    expect(await perform(4)).toEqual({ failed: 'answered 503', retryAfterMs: 9_000 });
    expect(await perform(5)).toEqual({ failed: 'ECONNREFUSED' });
    expect(await tries()).toEqual([
      { ...told, attempt: 1, code: 204 },
      { ...told, attempt: 2, code: 404 },
      { ...told, attempt: 3, code: 301 },
      { ...told, attempt: 4, code: 503 },
      { ...told, attempt: 5, error: 'ECONNREFUSED' },
    ]);
  });

  it('is done by 410, and nothing more is sent for the order', async () => {
    const { perform, call, tries } = await given({ status: 410 });
    expect(await perform(1)).toEqual({ done: { status: 410 } });
    expect(await perform(2)).toEqual({ done: 'unwanted' });
    expect(call).toHaveBeenCalledTimes(1);
    expect(await tries()).toEqual([{ ...told, attempt: 1, code: 410 }]);
  });

  it('is a dead letter after a day, if it was tried eight times by then', async () => {
    const { perform, effect } = await given(...Array.from({ length: 4 }, () => ({ status: 500 })), { status: 200 });
    expect(await perform(7, dayMs + 1_000)).toEqual({ failed: 'answered 500' });
    expect(await perform(8, dayMs - 1_000)).toEqual({ failed: 'answered 500' });
    const over = (await perform(8, dayMs + 1_000)) as { refused: string };
    expect(over).toEqual({ refused: 'answered 500, and a day is over' });
    const input = {} as WebhookInput;
    expect(effect.settle(input, { ...over, attempt: 8, givenUp: false })).toEqual({ dead: true });
    expect(effect.settle(input, { failed: 'answered 500', attempt: 40, givenUp: true })).toEqual({ dead: true });
    expect(effect.settle(input, { failed: 'answered 500', attempt: 8, givenUp: false })).toEqual({});
    expect(effect.settle(input, { done: { status: 410 }, attempt: 1, givenUp: false })).toEqual({});
    await perform(9, dayMs + 1_000);
    expect(await perform(10, dayMs + 1_000)).toEqual({ done: { status: 200 } });
  });

  it('is written down as tried before it is called: of a process that dies then, that is known', async () => {
    let answer: (given: Answer) => void = () => {};
    const { perform, call, tries } = await given(new Promise((resolve) => (answer = resolve)));
    const performing = perform(1);
    await vi.waitFor(() => expect(call).toHaveBeenCalledTimes(1));
    expect(await tries()).toEqual([{ ...told, attempt: 1 }]);
    answer({ status: 200 });
    await performing;
    expect(await tries()).toEqual([{ ...told, attempt: 1, code: 200 }]);
  });

  it('that finds its receiver busy is no try', async () => {
    const silent = Array.from({ length: 4 }, () => new Promise<Answer>(() => {}));
    const { perform, call, tries } = await given(...silent);
    for (let n = 1; n <= 4; n++) void perform(n);
    await vi.waitFor(() => expect(call).toHaveBeenCalledTimes(4));
    expect(await perform(5)).toEqual({ notForMs: expect.any(Number) });
    expect(await tries()).toHaveLength(4);
  });

  it('is not sent once the order’s personal data is gone', async () => {
    const { stream, perform, call } = await given();
    await host.db.run('t-erase', 'DELETE FROM personal WHERE stream = $1', [stream]);
    expect(await perform(1)).toEqual({ done: 'unwanted' });
    expect(call).not.toHaveBeenCalled();
  });
});
