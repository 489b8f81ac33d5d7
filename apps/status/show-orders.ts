import { orderLinks, type Access } from '#libs/access';
import type { Settings } from '#libs/host';
import type { OrderView } from '#libs/order';
import { idOf, type Database } from '#libs/store';

/** Orders as HTTP shows them: the picture of each, with who placed it, as long as that is known, and its links. */
export async function showOrders(db: Database, access: Access, settings: Settings, views: ReadonlyMap<string, OrderView>) {
  const people = await db.run<{ stream: string; data: { customer: object } }>(
    'status-people',
    `SELECT stream, data FROM personal WHERE stream = ANY ($1) AND kind = 'customer'`,
    [[...views].filter(([, view]) => !view.erased).map(([stream]) => stream)],
  );
  const customers = new Map(people.map(({ stream, data }) => [stream, data.customer]));
  return [...views].map(([stream, { version, status, ...rest }]) => {
    const id = idOf(stream);
    return { id, status, version, ...rest, customer: customers.get(stream) ?? null, links: orderLinks(settings, access, id) };
  });
}
