import { contradictionsIn, gapIn } from '#libs/order';
import { idOf, type Recorded } from '#libs/store';
import { accounts, fold, UnknownEvent } from '#libs/work';
import type { Finding, FindingKind, Look } from './finding.js';

/** Each account's facts, and whether it is known whose it is, by one statement: at one moment. */
export const lookAtAccounts: Look = async (tx, after) => {
  const rows = await tx.run<{ stream: string; facts: readonly Recorded[]; known: boolean }>(
    'consistency-accounts',
    `SELECT w.stream, (SELECT json_agg(e ORDER BY e.version) FROM events e WHERE e.stream = w.stream) AS facts,
       EXISTS (SELECT FROM personal WHERE stream = w.stream) AS known
     FROM (SELECT stream FROM events WHERE version = 1 AND stream > $1 AND stream < 'account;' ORDER BY stream LIMIT 200) w ORDER BY w.stream`,
    [after],
  );
  const findings: Finding[] = [];
  for (const { stream, facts, known } of rows) {
    const say = (kind: FindingKind, detail: string): void => void findings.push({ kind, id: idOf(stream), detail });
    for (const what of [gapIn(facts), ...contradictionsIn(facts)]) if (what) say('account-history', what);
    try {
      const { erased } = fold(accounts, facts);
      if (!erased && !known) say('person-missing', 'Nobody knows whose account it is, and it was not erased.');
      if (erased && known) say('person-not-erased', 'It was erased, and whose account it was is still known.');
    } catch (error) {
      if (!(error instanceof UnknownEvent)) throw error;
    }
  }
  return { findings, seen: rows.length, after: rows.at(-1)?.stream };
};
