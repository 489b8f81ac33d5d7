import type { Tx } from '#libs/store';

/** Has a run's figures shown from now on, and drops what no run at work has made. Whoever reads sees the old ones or the new ones, whole. */
export async function showFigures(
  tx: Pick<Tx, 'run'>,
  job: string,
  run: string,
  table: 'sales_totals' | 'related_products',
): Promise<void> {
  await tx.run(
    'figures-show',
    // A run that was asked for before the one that is shown has seen less.
    'INSERT INTO shown_runs AS s (job, run) VALUES ($1, $2) ON CONFLICT (job) DO UPDATE SET run = excluded.run WHERE s.run < excluded.run',
    [job, run],
  );
  await tx.run(
    `figures-drop-${table}`,
    `DELETE FROM ${table} t WHERE NOT EXISTS (SELECT FROM shown_runs s WHERE s.job = $1 AND s.run = t.run)
       AND NOT EXISTS (SELECT FROM runs r WHERE r.id = t.run AND r.ended_at IS NULL)`,
    [job],
  );
}
