import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Photos are erased with the last order they belong to. */
export class Photos1764000000019 implements MigrationInterface {
  name = 'Photos1764000000019';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
-- Photos that are to be erased, unless an order needs them: of orders that are erased, and such as nobody has ordered. A row goes with the images.
CREATE TABLE loose_photos (stream text COLLATE "C" PRIMARY KEY);
GRANT SELECT, INSERT, DELETE ON loose_photos TO backroom_jobs, backroom_host;`);
  }

  async down(): Promise<void> {
    throw new Error('What is to be erased is not forgotten by a migration.');
  }
}
