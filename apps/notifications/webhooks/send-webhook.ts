import { idOf, type Database } from '#libs/store';
import { signatureOf } from '#libs/webhook';
import type { Effect, NotNow, Outcome } from '#libs/work';
import type { Call } from './call.js';
import type { Change } from './call-back.js';
import type { Receivers } from './receivers.js';
import type { makeTries } from './tries.js';

export interface WebhookParts {
  readonly db: Database;
  readonly call: Call;
  readonly receivers: Receivers;
  readonly tries: ReturnType<typeof makeTries>;
  /** The `webhookSecret` of an order, or of the account by whose key it was placed, by its stream. */
  secretOf(stream: string): string;
  /** By its id. They carry the order's token, as those of the 202 do: they go to whoever was given that, and without it would open nothing. */
  linksOf(id: string): object;
  log(level: 'warn', message: string, details: object): void;
}

export type WebhookInput = Change & { readonly stream: string };

/** For so long it is tried again, and so often at least: a shop that was down for a day tries too. */
const dayMs = 24 * 3_600_000;
const triesAtLeast = 8;

/**
 * Tells a receiver of one change of status. Nobody can be asked what became of a call whose answer never came, so it is made again: `webhook-id` is the
 * same each time, by which the receiver knows what it has heard already.
 */
export const sendWebhook = ({
  db,
  call,
  receivers,
  tries,
  secretOf,
  linksOf,
  log,
}: WebhookParts): Effect<WebhookInput, { status: number } | 'unwanted', never> => ({
  name: 'webhook',
  // Above the call's own limit: that one says more.
  timeoutMs: 20_000,
  concurrency: 100,
  // 2 s, doubled up to four hours: the 19th try is a day away from the first.
  attempts: 40,
  patience: { firstMs: 2_000, maxMs: 4 * 3_600_000 },

  async perform(input, _key, signal, attempt): Promise<Outcome<{ status: number } | 'unwanted'> | NotNow> {
    const { stream, version, status, at } = input;
    const callback = await callbackOf(db, stream);
    if (!callback) return { done: 'unwanted' };
    const { url, whose } = callback;
    const wait = receivers.enter(url.host, performance.now());
    if (wait > 0) return { notForMs: wait };

    const id = idOf(stream);
    const body = JSON.stringify({ type: `order.${status}`, timestamp: at, data: { id, status, version, links: linksOf(id) } });
    const began = performance.now();
    let well = true;
    try {
      const now = new Date();
      const noted = { stream, version, status, attempt, at: now.toISOString() };
      await tries.begin(noted);
      const outcome = await call(url, headersOf(`msg_${id}_${version}`, now, body, secretOf(whose)), body, signal).then(
        ({ status: code, retryAfterMs }) => ({ code, ...judged(code, retryAfterMs) }),
        (error: Error) => ({ error: error.message, outcome: { failed: error.message } }),
      );
      well = 'done' in outcome.outcome;
      // What the receiver has said stands, whether or not it could be written down.
      await tries
        .end({ ...noted, ...outcome })
        .catch((error: unknown) => log('warn', 'a try’s end could not be written down', { stream, error }));
      const over = !well && attempt >= triesAtLeast && now.getTime() - Date.parse(at) > dayMs;
      return over ? { refused: `${(outcome.outcome as { failed: string }).failed}, and a day is over` } : outcome.outcome;
    } finally {
      receivers.left(url.host, well, performance.now() - began, performance.now());
    }
  },

  settle: (_, outcome) => ('refused' in outcome || outcome.givenUp ? { dead: true } : {}),
});

/** Of 410 the receiver wants to hear no more of this order: an end like any other, and nobody's to see to. */
function judged(status: number, retryAfterMs: number | undefined): { outcome: Outcome<{ status: number }> } {
  if ((status >= 200 && status < 300) || status === 410) return { outcome: { done: { status } } };
  const asked = status === 429 || status === 503 ? retryAfterMs : undefined;
  return { outcome: { failed: `answered ${status}`, ...(asked !== undefined && { retryAfterMs: asked }) } };
}

const headersOf = (id: string, now: Date, body: string, secret: string): Record<string, string> => {
  const timestamp = Math.floor(now.getTime() / 1000);
  return {
    'content-type': 'application/json',
    'user-agent': 'Backroom',
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': signatureOf({ id, timestamp, body }, secret),
  };
};

/**
 * Where the order's placer wants to be called, and of which stream the secret is; `undefined` once a call was answered with 410, and once it was erased
 * with all that is personal.
 */
async function callbackOf(db: Database, stream: string): Promise<{ url: URL; whose: string } | undefined> {
  const [row] = await db.run<{ url: string | null; account: string | null }>(
    'webhook-url',
    `SELECT data ->> 'callbackUrl' AS url, data ->> 'account' AS account FROM personal WHERE stream = $1 AND kind = 'customer'
       AND NOT EXISTS (SELECT FROM webhook_tries WHERE stream = $1 AND code = 410)`,
    [stream],
  );
  return row?.url ? { url: new URL(row.url), whose: row.account ? `account:${row.account}` : stream } : undefined;
}
