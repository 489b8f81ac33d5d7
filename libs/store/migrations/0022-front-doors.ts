import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The door and the relay ask for no effect and are no consumers: whoever breaks into them can order no refund and no parcel, and silence nobody. */
export class FrontDoors1764000000022 implements MigrationInterface {
  name = 'FrontDoors1764000000022';

  async up(db: QueryRunner): Promise<void> {
    await db.query('REVOKE INSERT, UPDATE ON effects, bookmarks FROM backroom_api, backroom_relay');
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('GRANT INSERT, UPDATE ON effects, bookmarks TO backroom_api, backroom_relay');
  }
}
