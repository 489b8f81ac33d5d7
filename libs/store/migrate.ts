import { DataSource } from 'typeorm';
import { Streams1764000000001 } from './migrations/0001-streams.js';
import { Shop1764000000002 } from './migrations/0002-shop.js';
import { Grants1764000000003 } from './migrations/0003-grants.js';
import { Addresses1764000000004 } from './migrations/0004-addresses.js';
import { SeenByAll1764000000006 } from './migrations/0006-seen-by-all.js';
import { Lists1764000000007 } from './migrations/0007-lists.js';
import { Refold1764000000008 } from './migrations/0008-refold.js';
import { Deaths1764000000009 } from './migrations/0009-deaths.js';
import { Ends1764000000010 } from './migrations/0010-ends.js';
import { Jobs1764000000011 } from './migrations/0011-jobs.js';
import { Imports1764000000012 } from './migrations/0012-imports.js';
import { Webhooks1764000000013 } from './migrations/0013-webhooks.js';
import { Timetable1764000000014 } from './migrations/0014-timetable.js';
import { BackOffice1764000000015 } from './migrations/0015-back-office.js';
import { Upkeep1764000000016 } from './migrations/0016-upkeep.js';
import { Rebuild1764000000017 } from './migrations/0017-rebuild.js';
import { Photos1764000000019 } from './migrations/0019-photos.js';
import { Traces1764000000020 } from './migrations/0020-traces.js';
import { Accounts1764000000021 } from './migrations/0021-accounts.js';
import { FrontDoors1764000000022 } from './migrations/0022-front-doors.js';
import { Numbers1764000000023 } from './migrations/0023-numbers.js';

/** In the order in which they are run. TypeORM keeps their classes’ names. */
export const migrations = [
  Streams1764000000001,
  Shop1764000000002,
  Grants1764000000003,
  Addresses1764000000004,
  SeenByAll1764000000006,
  Lists1764000000007,
  Refold1764000000008,
  Deaths1764000000009,
  Ends1764000000010,
  Jobs1764000000011,
  Imports1764000000012,
  Webhooks1764000000013,
  Timetable1764000000014,
  BackOffice1764000000015,
  Upkeep1764000000016,
  Rebuild1764000000017,
  Photos1764000000019,
  Traces1764000000020,
  Accounts1764000000021,
  FrontDoors1764000000022,
  Numbers1764000000023,
];

/**
 * Brings a database to this build's schema. Several processes may call it at once: TypeORM takes no lock of its own, so one is held
 * round it, on a connection that does nothing else. Wants a login that may create roles and tables.
 * @returns the names of the migrations that were run.
 */
export async function migrate(url: string): Promise<readonly string[]> {
  const source = await new DataSource({ type: 'postgres', url, migrations, migrationsTransactionMode: 'each' }).initialize();
  const guard = source.createQueryRunner();
  try {
    await guard.query('SELECT pg_advisory_lock(1764000000)');
    return (await source.runMigrations()).map(({ name }) => name);
  } finally {
    await guard.query('SELECT pg_advisory_unlock(1764000000)').catch(() => {});
    await guard.release();
    await source.destroy();
  }
}
