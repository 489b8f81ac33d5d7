import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Any process can be asked how all is: what waits to be published and what is parked may be counted by every role. */
export class SeenByAll1764000000006 implements MigrationInterface {
  name = 'SeenByAll1764000000006';

  async up(db: QueryRunner): Promise<void> {
    const roles = ['api', 'relay', 'fulfilment', 'payments', 'thumbnails', 'notifications', 'status', 'host'];
    await db.query(`GRANT SELECT ON outbox, parked TO ${roles.map((role) => `backroom_${role}`).join(', ')}`);
    // Expired answers are dropped, oldest first.
    await db.query('CREATE INDEX idempotency_at ON idempotency (at)');
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP INDEX idempotency_at');
  }
}
