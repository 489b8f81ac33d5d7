import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A picture says by which fold it was made; and the newest payment key is the one that was published last. */
export class Refold1764000000008 implements MigrationInterface {
  name = 'Refold1764000000008';

  async up(db: QueryRunner): Promise<void> {
    await db.query('ALTER TABLE order_status ADD COLUMN fold int NOT NULL DEFAULT 1');
    await db.query('GRANT UPDATE (at) ON payment_keys TO backroom_payments, backroom_host');
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('ALTER TABLE order_status DROP COLUMN fold');
  }
}
