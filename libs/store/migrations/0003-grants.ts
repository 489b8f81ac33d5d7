import type { MigrationInterface, QueryRunner } from 'typeorm';

const roles = ['api', 'relay', 'fulfilment', 'payments', 'thumbnails', 'notifications', 'status'] as const;

/** What each role of the shop may do, to the table. `host` is all of them in one process: there the payment boundary is gone. */
const grants: Record<(typeof roles)[number], string[]> = {
  api: [
    'SELECT, INSERT ON personal',
    'INSERT ON vault',
    'SELECT ON payment_keys, products, stock',
    'SELECT, INSERT, DELETE ON idempotency',
  ],
  relay: ['SELECT, DELETE ON outbox', 'SELECT, INSERT, UPDATE, DELETE ON parked', 'SELECT, INSERT, UPDATE ON leases'],
  fulfilment: [
    'SELECT, UPDATE ON stock',
    'SELECT, INSERT ON stock_movements',
    'SELECT, INSERT, DELETE ON photo_waits',
    'SELECT ON personal',
  ],
  payments: ['SELECT, INSERT, DELETE ON vault', 'SELECT, INSERT ON used_seals', 'SELECT, INSERT ON payment_keys'],
  thumbnails: [],
  notifications: ['SELECT ON personal'],
  status: ['SELECT, INSERT, UPDATE ON order_status', 'SELECT ON personal, outbox, parked, products, stock'],
};

/** Everybody reads the streams and appends to them; nobody may change or delete what stands there. */
const everybody = ['SELECT, INSERT ON events', 'INSERT ON outbox', 'SELECT, INSERT, UPDATE ON bookmarks, effects', 'SELECT ON leases'];

export class Grants1764000000003 implements MigrationInterface {
  name = 'Grants1764000000003';

  async up(db: QueryRunner): Promise<void> {
    for (const role of [...roles, 'host']) {
      // Roles belong to the server, not to the database: another database of it may have made them, even at this moment.
      await db.query(
        `DO $$ BEGIN CREATE ROLE backroom_${role} NOLOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$`,
      );
      await db.query(`GRANT USAGE ON SCHEMA public TO backroom_${role}`);
      for (const grant of everybody) await db.query(`GRANT ${grant} TO backroom_${role}`);
    }
    for (const role of roles) for (const grant of grants[role]) await db.query(`GRANT ${grant} TO backroom_${role}, backroom_host`);
  }

  async down(): Promise<void> {
    throw new Error('Without grants nothing runs.');
  }
}
