import { readSettings } from '#libs/host';
import { migrate } from '#libs/store';

/** Brings DATABASE_URL to this build's schema: once before the roles of a new build start, by a login that may create roles and tables. */
try {
  const { DATABASE_URL } = readSettings(process.env);
  if (!DATABASE_URL) throw new Error('DATABASE_URL must be set: it says which database.');
  await migrate(DATABASE_URL);
  console.log('The database is up to date.');
} catch (error) {
  console.error(`The database was not migrated: ${whyNot(error)}`);
  process.exit(1);
}

function whyNot(error: unknown): string {
  const { message, code } = error as NodeJS.ErrnoException;
  // A connection refused on both of a name's addresses has no message of its own.
  return message || code || String(error);
}
