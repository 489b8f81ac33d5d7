import type { Database } from './database.js';
import { migrations } from './migrate.js';

/** The migrations of this build that have not been run on this database. */
export async function lackingMigrations(db: Database): Promise<string[]> {
  const rows = await db.run<{ name: string }>('migrations', 'SELECT name FROM migrations', []);
  const ran = new Set(rows.map(({ name }) => name));
  return migrations.map(({ name }) => name).filter((name) => !ran.has(name));
}
