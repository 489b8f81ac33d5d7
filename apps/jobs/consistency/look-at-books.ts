import { idOf } from '#libs/store';
import type { Look } from './finding.js';

/** A piece moves by one transaction in both, and both are read at one moment. */
export const lookAtStock: Look = async (tx) => {
  const rows = await tx.run<{ sku: string; available: number | null; moved: number | null }>(
    'consistency-stock',
    `SELECT sku, s.available, m.moved FROM stock s
     FULL JOIN (SELECT sku, sum(quantity)::int AS moved FROM stock_movements GROUP BY sku) m USING (sku) ORDER BY sku`,
    [],
  );
  return {
    findings: rows
      .filter(({ available, moved }) => available !== moved)
      .map(({ sku, available, moved }) => ({
        kind: 'stock',
        id: sku,
        detail: `${available ?? 'None'} are said to be there, ${moved ?? 'none'} by its movements.`,
      })),
    seen: rows.length,
  };
};

/** What waits to be published does so for seconds, or stands parked and is an operator's. */
export const lookAtOutbox: Look = async (tx) => {
  const rows = await tx.run<{ stream: string; version: number; at: Date }>(
    'consistency-outbox',
    `SELECT o.stream, o.version, e.at FROM outbox o
     CROSS JOIN LATERAL (SELECT at FROM events WHERE stream = o.stream AND version = o.version LIMIT 1) e
     WHERE e.at < now() - interval '15 minutes' AND NOT EXISTS (SELECT FROM parked p WHERE p.stream = o.stream)
     ORDER BY o.lane, o.id LIMIT 1000`,
    [],
  );
  return {
    findings: rows.map(({ stream, version, at }) => ({
      kind: 'unpublished',
      id: idOf(stream),
      detail: `Version ${version} waits to be published since ${at.toISOString()}.`,
    })),
    seen: rows.length,
  };
};
