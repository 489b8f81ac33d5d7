import type { MigrationInterface, QueryRunner } from 'typeorm';

/** How many processes in a row did not live to settle an effect. A retry is none. */
export class Deaths1764000000009 implements MigrationInterface {
  name = 'Deaths1764000000009';

  async up(db: QueryRunner): Promise<void> {
    await db.query('ALTER TABLE effects ADD COLUMN deaths int NOT NULL DEFAULT 0');
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('ALTER TABLE effects DROP COLUMN deaths');
  }
}
