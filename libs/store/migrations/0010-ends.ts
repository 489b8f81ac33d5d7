import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The front door shows an order that has ended while its client waited. */
export class Ends1764000000010 implements MigrationInterface {
  name = 'Ends1764000000010';

  async up(db: QueryRunner): Promise<void> {
    await db.query('GRANT SELECT ON order_status TO backroom_api');
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('REVOKE SELECT ON order_status FROM backroom_api');
  }
}
