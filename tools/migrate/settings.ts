import { readSettings, SettingsError } from '#libs/host';

export interface MigrateSettings {
  /** Of a login that may create roles and tables. */
  readonly databaseUrl: string;
  /** Undefined: topics are left alone. */
  readonly brokers?: readonly string[];
  /** Of each topic; default 6. */
  readonly partitions?: number;
  /** Undefined: what the brokers are set to. */
  readonly replication?: number;
  /** How long database and broker are waited for, in seconds; default 60. */
  readonly withinSeconds?: number;
  /** The password of each role that gets a login, by its name without `backroom_`. */
  readonly passwords?: ReadonlyMap<string, string>;
}

const passwordVariable = /^DATABASE_PASSWORD_([A-Z]+)$/;

/** @throws {SettingsError} a sentence, without any secret in it */
export function migrateSettings(env: NodeJS.ProcessEnv): MigrateSettings {
  const { DATABASE_URL, KAFKA_BROKERS } = readSettings(env);
  if (!DATABASE_URL)
    throw new SettingsError('DATABASE_URL must be set: it says which database, by a login that may create roles and tables.');
  const passwords = new Map<string, string>();
  for (const [variable, password] of Object.entries(env)) {
    const role = passwordVariable.exec(variable)?.[1];
    if (!role || !password) continue;
    // It stands in the role's DATABASE_URL too, where other characters would have to be escaped.
    if (!/^[\w.~-]{8,200}$/.test(password))
      throw new SettingsError(`${variable} must be 8 to 200 characters out of letters, digits and - _ . ~, since it stands in a URL, too.`);
    passwords.set(role.toLowerCase(), password);
  }
  return {
    databaseUrl: DATABASE_URL,
    brokers: KAFKA_BROKERS,
    partitions: whole(env, 'KAFKA_PARTITIONS', 1, 1000),
    replication: whole(env, 'KAFKA_REPLICATION', 1, 9),
    withinSeconds: whole(env, 'MIGRATE_WITHIN_SECONDS', 1, 3600),
    passwords,
  };
}

function whole(env: NodeJS.ProcessEnv, variable: string, min: number, max: number): number | undefined {
  const text = env[variable];
  if (!text) return undefined;
  if (/^\d{1,4}$/.test(text) && Number(text) >= min && Number(text) <= max) return Number(text);
  throw new SettingsError(`${variable} must be a whole number from ${min} to ${max}, not ${JSON.stringify(text)}.`);
}
