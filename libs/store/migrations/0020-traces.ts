import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What an effect's trace follows from: W3C trace context of the request that its stream began with. */
export class Traces1764000000020 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query('ALTER TABLE effects ADD COLUMN traceparent text');
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('ALTER TABLE effects DROP COLUMN traceparent');
  }
}
