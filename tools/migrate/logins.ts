import pg from 'pg';
import { scramVerifier } from './scram.js';

/**
 * Lets the database roles `backroom_<role>` log in, each with its password; those that are not named stay as they are. Roles belong to the
 * server: on it, every database's shop has the same logins. Wants a login that may alter roles.
 * @throws {Error} a sentence if there is no such role; nothing is changed then
 */
export async function setLogins(url: string, passwords: ReadonlyMap<string, string>): Promise<void> {
  if (passwords.size === 0) return;
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000, query_timeout: 30_000 });
  await client.connect();
  try {
    await client.query('BEGIN');
    // Two who alter one role at once: the second would fail with "tuple concurrently updated".
    await client.query('SELECT pg_advisory_xact_lock(1764000000)');
    for (const [role, password] of passwords) {
      const name = pg.escapeIdentifier(`backroom_${role}`);
      await client
        .query(`ALTER ROLE ${name} LOGIN PASSWORD ${pg.escapeLiteral(scramVerifier(password))}`)
        .catch((error: { code?: string }) => {
          throw error.code === '42704' ? new Error(`There is no role backroom_${role} to be given a password.`) : error;
        });
    }
    await client.query('COMMIT');
  } finally {
    await client.end();
  }
}

/** The same database by the login of this role. */
export function loginUrl(url: string, role: string, password: string): string {
  const login = new URL(url);
  login.username = `backroom_${role}`;
  login.password = password;
  return login.href;
}
