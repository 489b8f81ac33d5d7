import { nextFor } from '#libs/account';
import { contradictionsIn, gapIn } from '#libs/order';
import { idOf, type Recorded } from '#libs/store';
import { accounts, fold, UnknownEvent } from '#libs/work';
import type { Finding, FindingKind, Look } from './finding.js';
import { forgotten, triedTooLong, workLeft, type WorkLeft } from './work-left.js';

interface Row extends Record<string, unknown>, WorkLeft {
  readonly stream: string;
  readonly facts: readonly Recorded[];
  readonly known: boolean;
}

/** Each account's facts, whether it is known whose it is, and what is being done for it, by one statement: at one moment. */
export const lookAtAccounts: Look = async (tx, after) => {
  const rows = await tx.run<Row>(
    'consistency-accounts',
    `SELECT w.stream, (SELECT json_agg(e ORDER BY e.version) FROM events e WHERE e.stream = w.stream) AS facts,
       EXISTS (SELECT FROM personal WHERE stream = w.stream) AS known,${workLeft(['merchants', 'account-mails'])}
     FROM (SELECT stream FROM events WHERE version = 1 AND stream > $1 AND stream < 'account;' ORDER BY stream LIMIT 200) w ORDER BY w.stream`,
    [after],
  );
  const findings: Finding[] = [];
  for (const row of rows) {
    const { stream, facts, known } = row;
    const say = (kind: FindingKind, detail: string): void => void findings.push({ kind, id: idOf(stream), detail });
    for (const what of [gapIn(facts), ...contradictionsIn(facts)]) if (what) say('account-history', what);
    try {
      const state = fold(accounts, facts);
      const { erased, endedAt } = state;
      const last = new Date(state.updatedAt).toISOString();
      if (!erased && !known) say('person-missing', 'Nobody knows whose account it is, and it was not erased.');
      if (erased && known) say('person-not-erased', 'It was erased, and whose account it was is still known.');
      if (endedAt !== null) for (const what of triedTooLong(row)) say('effect-left', what);
      if (nextFor(state) && forgotten(row, last)) say('account-still', `Nothing has happened since ${last}, and nobody is at it.`);
    } catch (error) {
      if (!(error instanceof UnknownEvent)) throw error;
    }
  }
  return { findings, seen: rows.length, after: rows.at(-1)?.stream };
};
