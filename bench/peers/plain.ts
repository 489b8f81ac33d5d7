import pg from 'pg';
import { Pool } from 'undici';

/**
 * The same six steps as people write them first: a row an order, sixteen loops on a pool, each taking the next order by
 * FOR UPDATE SKIP LOCKED and doing one step of it in a transaction. Told `go`, it works until nothing is left.
 */
const loops = 16;
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: loops });
const outside = new Pool(process.env.WORLD_URL!, { connections: 64 });

const steps = ['photos', 'reserve', 'authorise', 'print', 'capture', 'ship'] as const;
const paths: Partial<Record<(typeof steps)[number], string>> = {
  authorise: '/gateway/authorisations',
  print: '/printer/jobs',
  capture: '/gateway/captures',
  ship: '/carrier/parcels',
};

interface Row {
  id: string;
  step: number;
  data: { total: object; card: object; lines: { sku: string; quantity: number }[]; shipTo: object };
}

const run = (client: pg.PoolClient, name: string, text: string, values: unknown[] = []) => client.query({ name, text, values });

async function take(client: pg.PoolClient): Promise<boolean> {
  await client.query('BEGIN');
  const { rows } = await run(
    client,
    'next',
    `SELECT id, step, data FROM plain_orders WHERE step < ${steps.length} ORDER BY id LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED`,
  );
  const order = rows[0] as Row | undefined;
  if (!order) {
    await client.query('COMMIT');
    return false;
  }
  const step = steps[order.step]!;
  if (step === 'reserve')
    for (const { sku, quantity } of order.data.lines)
      await run(client, 'reserve', 'UPDATE plain_stock SET available = available - $2 WHERE sku = $1', [sku, quantity]);
  const path = paths[step];
  if (path) await call(path, `${order.id}:${step}`, { orderId: order.id, ...order.data });
  await run(client, 'done', 'UPDATE plain_orders SET step = step + 1, at = clock_timestamp() WHERE id = $1', [order.id]);
  await run(
    client,
    'status',
    'INSERT INTO plain_status (id, version, status) VALUES ($1, 1, $2) ON CONFLICT (id) DO UPDATE SET version = plain_status.version + 1, status = $2',
    [order.id, step === 'ship' ? 'completed' : step],
  );
  await client.query('COMMIT');
  return true;
}

async function call(path: string, key: string, body: object): Promise<void> {
  const headers = { 'content-type': 'application/json', 'idempotency-key': key };
  const answer = await outside.request({ method: 'POST', path, headers, body: JSON.stringify(body) });
  const { outcome } = (await answer.body.json()) as { outcome: string };
  if (outcome !== 'ok') throw new Error(`${path} answered ${outcome}`);
}

async function loop(): Promise<void> {
  const client = await pool.connect();
  try {
    while (await take(client));
  } finally {
    client.release();
  }
}

process.on('message', () => void Promise.all(Array.from({ length: loops }, loop)).then(() => process.send!('through')));
process.on('SIGTERM', () => process.exit(0));
process.send!({ url: 'none' });
