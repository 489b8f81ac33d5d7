import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Each call to an order's callbackUrl: written before it is made, with its end after it. Never where it went: that may hold a secret. */
export class Webhooks1764000000013 implements MigrationInterface {
  name = 'Webhooks1764000000013';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
CREATE TABLE webhook_tries (
  stream text COLLATE "C" NOT NULL,
  version int NOT NULL,
  status text NOT NULL,
  attempt int NOT NULL,
  at timestamptz NOT NULL,
  -- What was answered; or why there was no answer. Neither: nobody knows.
  code int,
  error text,
  PRIMARY KEY (stream, version, attempt, at)
) WITH (fillfactor = 80)`);
    await db.query('GRANT SELECT, INSERT, UPDATE ON webhook_tries TO backroom_notifications, backroom_host');
    await db.query('GRANT SELECT ON webhook_tries TO backroom_status');
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE webhook_tries');
  }
}
