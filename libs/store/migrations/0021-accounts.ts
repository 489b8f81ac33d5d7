import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The bank is told an account's name: of whose it is, payments see that and no more. A view reads with its owner's rights. */
export class Accounts1764000000021 implements MigrationInterface {
  name = 'Accounts1764000000021';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`CREATE VIEW merchants AS SELECT stream, data ->> 'name' AS name FROM personal WHERE kind = 'account'`);
    await db.query('GRANT SELECT ON merchants TO backroom_payments, backroom_host');
  }

  async down(): Promise<void> {
    throw new Error('Without its view, payments could open no merchant.');
  }
}
