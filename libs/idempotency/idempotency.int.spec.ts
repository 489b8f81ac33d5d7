import { Database } from '#libs/store';
import { expect, it } from 'vitest';
import { freshDatabase } from '../../test/setup/database.js';
import { dropExpired } from './idempotency.js';

it('drops what is older than a day and nothing else, as the front door may', async () => {
  const fresh = await freshDatabase();
  const db = new Database({ url: fresh.url, role: 'backroom_api' });
  try {
    await db.run(
      't-answers',
      `INSERT INTO idempotency (scope, key, stream, fingerprint, response, at)
       SELECT 'orders', age, 'order:x', '', '{}', now() - age::interval FROM unnest(ARRAY['25 hours', '23 hours', '3 days']) AS age`,
      [],
    );
    expect(await dropExpired(db)).toBe(2);
    expect(await db.run('t-left', 'SELECT key FROM idempotency', [])).toEqual([{ key: '23 hours' }]);
  } finally {
    await db.close();
    await fresh.drop();
  }
});
