import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What the jobs need that keep the shop tidy: they delete what is past its term, look for contradictions, and ask for the daily report's mail. */
export class Upkeep1764000000016 implements MigrationInterface {
  name = 'Upkeep1764000000016';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
-- \`delete_after\` is set where somebody asked for it: as soon as the order has ended, whatever the shop's term is.
CREATE INDEX personal_asked ON personal (delete_after, stream) WHERE delete_after IS NOT NULL;
CREATE INDEX used_seals_expires ON used_seals (expires);

-- What is deleted stays in a table's file until something else is written over it, after a VACUUM too: a page is not blanked when it is freed.
-- Written anew, the file holds what is there and nothing else. Its lock stops the front, so a table that would take long is left to an operator.
CREATE FUNCTION rewrite_personal(most_bytes bigint) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp SET lock_timeout = '1s' AS $$
BEGIN
  IF pg_total_relation_size('personal') > most_bytes THEN RETURN false; END IF;
  CLUSTER personal USING personal_pkey;
  RETURN true;
EXCEPTION WHEN lock_not_available THEN RETURN false;
END $$;
REVOKE ALL ON FUNCTION rewrite_personal FROM PUBLIC;
GRANT EXECUTE ON FUNCTION rewrite_personal TO backroom_jobs, backroom_host;`);
    for (const grant of [
      // Whose data there is, and never what it says.
      'SELECT (stream, kind, delete_after), UPDATE (delete_after), DELETE ON personal',
      'SELECT (stream, at) ON vault',
      'SELECT, DELETE ON used_seals, webhook_tries, dead_letter_log',
      'DELETE ON runs, bookmarks, effects',
      'INSERT ON effects',
      'SELECT ON order_status, stock, stock_movements, products',
    ])
      await db.query(`GRANT ${grant} TO backroom_jobs, backroom_host`);
  }

  async down(): Promise<void> {
    throw new Error('Without these, what is past its term would stay.');
  }
}
