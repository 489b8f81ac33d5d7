import { orderLinks, type Access } from '#libs/access';
import type { Settings } from '#libs/host';
import type { OrderView } from '#libs/order';
import { idOf, type Database } from '#libs/store';

/** Orders as HTTP shows them: the picture of each, with who placed it, as long as that is known, and its links. */
export async function showOrders(db: Database, access: Access, settings: Settings, views: ReadonlyMap<string, OrderView>) {
  const known = [...views].filter(([, view]) => !view.erased).map(([stream]) => stream);
  const personal = await db.run<{ stream: string; kind: string; data: { customer?: object; reason?: string } }>(
    'status-people',
    `SELECT stream, kind, data FROM personal WHERE stream = ANY ($1) AND kind IN ('customer', 'cancellation')`,
    [known],
  );
  const of = (kind: string) => new Map(personal.filter((row) => row.kind === kind).map(({ stream, data }) => [stream, data]));
  const [customers, cancellations] = [of('customer'), of('cancellation')];
  return [...views].map(([stream, { version, status, reason, ...rest }]) => {
    const id = idOf(stream);
    const said = reason?.code === 'customer-request' ? cancellations.get(stream)?.reason : undefined;
    return {
      id,
      status,
      version,
      ...rest,
      reason: reason && { ...reason, detail: said ?? reason.detail },
      customer: customers.get(stream)?.customer ?? null,
      links: orderLinks(settings, id, access.tokenOf('order', id)),
    };
  });
}
