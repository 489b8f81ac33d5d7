import type { Database } from './database.js';

export interface Lease {
  readonly name: string;
  /** Raised each time the lease changes hands: the fence in every statement written under it. */
  readonly epoch: string;
}

/** Takes the lease if it is free, or holds it on if it is mine. By the database's clock alone. */
export async function takeLease(db: Database, name: string, holder: string, forMs: number): Promise<Lease | undefined> {
  const [row] = await db.run<{ epoch: string }>(
    'lease-take',
    `INSERT INTO leases (name, holder, epoch, until) VALUES ($1, $2, 1, now() + $3 * interval '1 millisecond')
     ON CONFLICT (name) DO UPDATE SET
       epoch = CASE WHEN leases.holder = excluded.holder AND leases.until > now() THEN leases.epoch ELSE leases.epoch + 1 END,
       holder = excluded.holder, until = excluded.until
     WHERE leases.holder = excluded.holder OR leases.until <= now() RETURNING epoch`,
    [name, holder, forMs],
  );
  return row && { name, epoch: row.epoch };
}

/** Lets it go, so that another need not wait for it to run out. */
export async function dropLease(db: Database, { name, epoch }: Lease): Promise<void> {
  await db.run('lease-drop', 'UPDATE leases SET until = now() WHERE name = $1 AND epoch = $2', [name, epoch]);
}

export interface Held {
  readonly name: string;
  readonly holder: string;
  /** Seconds since it ran out; 0 while it is held. */
  readonly freeForSeconds: number;
}

/** Who holds what. */
export async function readLeases(db: Pick<Database, 'run'>): Promise<readonly Held[]> {
  const rows = await db.run<{ name: string; holder: string; free: number }>(
    'leases',
    'SELECT name, holder, greatest(0, extract(epoch FROM now() - until))::float8 AS free FROM leases ORDER BY name',
    [],
  );
  return rows.map(({ name, holder, free }) => ({ name, holder, freeForSeconds: free }));
}
