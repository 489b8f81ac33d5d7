import pg from 'pg';
import type { Evidence, Fact } from '../evidence.js';

/** The lab's own look into the database, as its superuser. */
export async function asking<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, query_timeout: 30_000 });
  client.on('error', () => {});
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end().catch(() => {});
  }
}

type Told = Pick<Evidence, 'streams' | 'pictures' | 'stock' | 'movements' | 'leftovers'>;

export const fromDatabase = (url: string): Promise<Told> =>
  asking(url, async (client) => {
    // One moment of all of it, also where something still moves.
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const rows = async <R extends object>(text: string): Promise<R[]> => (await client.query<R>(text)).rows;
    const streams = new Map<string, Fact[]>();
    for (const { stream, at, ...fact } of await rows<Omit<Fact, 'at'> & { stream: string; at: Date }>(
      'SELECT stream, version, type, data, meta, at FROM events ORDER BY stream, version',
    )) {
      const facts = streams.get(stream) ?? [];
      streams.set(stream, facts);
      facts.push({ ...fact, at: at.toISOString() });
    }
    const pictures = await rows<{ id: string; version: number; status: string; view: unknown }>(
      'SELECT id, version, status, view FROM order_status',
    );
    return {
      streams,
      pictures: new Map(pictures.map(({ id, ...picture }) => [`order:${id}`, picture])),
      stock: await rows('SELECT sku, available FROM stock'),
      movements: await rows('SELECT stream, kind, sku, quantity FROM stock_movements'),
      leftovers: (await rows<{ left: string }>(leftovers)).map(({ left }) => left),
    };
  });

/** Each row a sentence about something that should not be there when all is settled. */
const leftovers = `
SELECT 'effect ' || key || ' is ' || state || coalesce(': ' || error, '') AS left FROM effects WHERE state IN ('open', 'dead')
UNION ALL SELECT 'unpublished: ' || stream || '/' || version FROM outbox
UNION ALL SELECT 'parked: ' || stream || ': ' || error FROM parked
UNION ALL SELECT 'bookmark of ' || consumer || ' in ' || stream || ' is ' || CASE WHEN dead_at IS NULL THEN 'behind' ELSE 'dead' END || coalesce(': ' || error, '')
  FROM bookmarks WHERE dead_at IS NOT NULL OR version < head
UNION ALL SELECT 'the vault still holds the card of ' || stream FROM vault`;
