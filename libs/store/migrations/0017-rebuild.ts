import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A second picture of every order is made beside the first, and put in its place. And `backroom doctor` sees which migrations have been run. */
export class Rebuild1764000000017 implements MigrationInterface {
  name = 'Rebuild1764000000017';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
-- Whatever a later migration does to one of the two, it has to do to the other: they change places.
CREATE TABLE order_status_next (LIKE order_status INCLUDING ALL) WITH (fillfactor = 50);

-- The orders whose picture was changed while a rebuild was under way. No key: who writes here never waits for who takes from here.
CREATE TABLE order_status_touched (n bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, id uuid NOT NULL);

-- Both are the owner's to do, and nobody else's.
CREATE FUNCTION begin_order_status() RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '2s'
AS $$ TRUNCATE order_status_next, order_status_touched $$;
CREATE FUNCTION swap_order_status() RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '2s'
AS $$
  ALTER TABLE order_status RENAME TO order_status_before;
  ALTER TABLE order_status_next RENAME TO order_status;
  ALTER TABLE order_status_before RENAME TO order_status_next;
$$;
REVOKE ALL ON FUNCTION begin_order_status, swap_order_status FROM PUBLIC;`);
    for (const [role, grants] of Object.entries({
      jobs: [
        'EXECUTE ON FUNCTION begin_order_status, swap_order_status',
        'SELECT, INSERT, UPDATE ON order_status, order_status_next',
        'SELECT, DELETE ON order_status_touched',
      ],
      status: ['SELECT, INSERT, UPDATE ON order_status_next', 'INSERT ON order_status_touched', 'SELECT ON migrations'],
    }))
      for (const grant of grants) await db.query(`GRANT ${grant} TO backroom_${role}, backroom_host`);
  }

  async down(): Promise<void> {
    throw new Error('Which of the two tables is shown cannot be told any more.');
  }
}
