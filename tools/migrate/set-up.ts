import { ensureTopics } from '#libs/bus';
import { topics } from '#libs/platform';
import { migrate } from '#libs/store';
import { setLogins } from './logins.js';
import type { MigrateSettings } from './settings.js';
import { untilDatabase } from './until.js';

/**
 * Schema, logins, topics. What is done already is left as it is, so it may be run again after whatever went wrong.
 * @returns a sentence about what was done
 * @throws {Error} whose message has no secret in it
 */
export async function setUp({
  databaseUrl,
  brokers,
  partitions = 6,
  replication,
  withinSeconds = 60,
  passwords = new Map(),
}: MigrateSettings): Promise<string> {
  await untilDatabase(databaseUrl, withinSeconds * 1000);
  const ran = await migrate(databaseUrl);
  await setLogins(databaseUrl, passwords);
  const schema = ran.length ? `${ran.length} migration${ran.length > 1 ? 's were' : ' was'} run` : 'the database is up to date';
  const logins = passwords.size ? `${[...passwords.keys()].join(', ')} can log in` : 'no login was given a password';
  if (!brokers) return sentence(schema, logins, 'topics were left alone, as KAFKA_BROKERS is not set');
  const wanted = topics(partitions, replication);
  await ensureTopics({ brokers, clientId: 'migrate', withinMs: withinSeconds * 1000 }, wanted);
  return sentence(schema, logins, `${wanted.length} topics of ${partitions} partitions are there`);
}

function sentence(...parts: readonly string[]): string {
  const text = parts.join('; ');
  return `${text[0]!.toUpperCase()}${text.slice(1)}.`;
}
