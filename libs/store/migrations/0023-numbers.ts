import type { MigrationInterface, QueryRunner } from 'typeorm';

/** An order by the number that its mails call it by: the last eight digits of its id. Two tables, since a rebuild swaps them. */
export class Numbers1764000000023 implements MigrationInterface {
  name = 'Numbers1764000000023';

  async up(db: QueryRunner): Promise<void> {
    await db.query('CREATE INDEX order_status_number ON order_status (right(id::text, 8))');
    await db.query('CREATE INDEX order_status_next_number ON order_status_next (right(id::text, 8))');
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP INDEX order_status_number, order_status_next_number');
  }
}
