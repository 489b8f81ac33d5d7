import fastify from 'fastify';
import pg from 'pg';
import { randomUUID } from 'node:crypto';

/** A route with one INSERT, and nothing else: what accepting an order is measured against. */
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 10 });
await pool.query('CREATE TABLE IF NOT EXISTS bare_orders (id uuid PRIMARY KEY, data json NOT NULL, at timestamptz NOT NULL DEFAULT now())');

const app = fastify();
app.post('/orders', async (request, reply) => {
  const id = randomUUID();
  await pool.query({
    name: 'place',
    text: 'INSERT INTO bare_orders (id, data) VALUES ($1, $2)',
    values: [id, JSON.stringify(request.body)],
  });
  return reply.code(202).send({ id, status: 'placed' });
});
process.on('SIGTERM', () => void app.close().then(() => process.exit(0)));
process.send!({ url: await app.listen({ port: 0, host: '127.0.0.1' }) });
