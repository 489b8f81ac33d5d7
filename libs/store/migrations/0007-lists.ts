import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Orders by status, newest first. */
export class Lists1764000000007 implements MigrationInterface {
  name = 'Lists1764000000007';

  async up(db: QueryRunner): Promise<void> {
    await db.query('CREATE INDEX order_status_list ON order_status (status, id)');
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP INDEX order_status_list');
  }
}
