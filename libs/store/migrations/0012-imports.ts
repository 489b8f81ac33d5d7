import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What imports have placed: an order that comes again is known by its reference. */
export class Imports1764000000012 implements MigrationInterface {
  name = 'Imports1764000000012';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
-- Kept for good: the same file may be sent again after a year. \`content\` is an HMAC of the order without its CVC.
CREATE TABLE import_references (
  reference text COLLATE "C" PRIMARY KEY,
  content bytea NOT NULL,
  stream text COLLATE "C" NOT NULL
)`);
    for (const [role, grants] of Object.entries({
      // It places orders as the front door does.
      jobs: ['SELECT, INSERT ON import_references', 'INSERT ON events, outbox, personal, vault', 'SELECT ON products, stock'],
      // It seals the cards of files that are dropped into the import folder.
      scheduler: ['SELECT ON payment_keys'],
    }))
      for (const grant of grants) await db.query(`GRANT ${grant} TO backroom_${role}, backroom_host`);
  }

  async down(): Promise<void> {
    throw new Error('What was imported once would be imported twice.');
  }
}
