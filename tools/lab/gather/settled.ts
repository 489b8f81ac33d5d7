import { asking } from './database.js';

/** How many things are still on their way: orders that have not ended, effects, news, mails that are owed, pictures that lag behind. And how many have happened. */
const pending = `
SELECT
  (SELECT count(*) FROM events p WHERE p.version = 1 AND p.stream LIKE 'order:%' AND NOT EXISTS (
     SELECT FROM events e WHERE e.stream = p.stream AND e.type IN ('OrderCompleted', 'OrderCancelled', 'OrderFailed')))::int AS orders,
  (SELECT count(*) FROM effects WHERE state = 'open')::int AS effects,
  (SELECT count(*) FROM outbox)::int AS outbox,
  (SELECT count(*) FROM bookmarks WHERE version < head AND dead_at IS NULL)::int AS bookmarks,
  (SELECT count(*) FROM (SELECT stream, max(version) AS version FROM events WHERE stream LIKE 'order:%' GROUP BY 1) e
     LEFT JOIN order_status s ON s.id = substr(e.stream, 7)::uuid WHERE s.version IS DISTINCT FROM e.version)::int AS pictures,
  (SELECT count(*) FROM events e WHERE e.type IN ('PaymentAuthorised', 'Shipped', 'OrderCancelled', 'OrderFailed')
     AND NOT (e.type = 'PaymentAuthorised' AND EXISTS (
       SELECT FROM events c WHERE c.stream = e.stream AND c.version < e.version AND c.type IN ('CancellationRequested', 'StepTimedOut')))
     AND NOT EXISTS (
     SELECT FROM events n WHERE n.stream = e.stream AND n.type IN ('NotificationSent', 'NotificationFailed') AND n.data ->> 'kind' =
       CASE e.type WHEN 'PaymentAuthorised' THEN 'order-confirmation' WHEN 'Shipped' THEN 'order-shipped' ELSE 'order-cancelled' END))::int AS mails,
  (SELECT count(*) FROM events)::int AS happened`;

export type Pending = Readonly<Record<'orders' | 'effects' | 'outbox' | 'bookmarks' | 'pictures' | 'mails', number>>;

export const pendingIn = (url: string): Promise<{ pending: Pending; happened: number }> =>
  asking(url, async (client) => {
    const { happened, ...left } = (await client.query<Record<keyof Pending | 'happened', number>>(pending)).rows[0]!;
    return { pending: left, happened };
  });
