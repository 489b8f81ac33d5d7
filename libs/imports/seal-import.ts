import type { Access } from '#libs/access';
import { makeSealer, type Card } from '#libs/card';
import { Problem } from '#libs/host';
import type { PaymentKeys } from '#libs/placing';
import type { CallbackRules } from '#libs/webhook';
import type { Candidate } from './candidate.js';
import { CsvCandidates } from './csv-candidates.js';
import { noHeader, readHeader } from './csv-header.js';
import { CsvRows, type Row } from './csv-rows.js';
import { jsonCandidate } from './json-candidates.js';
import { JsonLines } from './json-lines.js';
import { judgeCandidate, type Judged } from './judge-candidate.js';
import type { SealedEntry, SealedOrder } from './sealed-entry.js';
import { withoutMark } from './without-mark.js';

export type ImportType = 'csv' | 'ndjson';

/** So many bad rows are told of. */
export const mostRejected = 1_000;

/** Bytes. Written down so often: between two pieces the process does other things, and a piece is 1 ms of work. */
const piece = 16 * 1024;

export interface SealingParts {
  readonly access: Pick<Access, 'fingerprint' | 'emailHmac'>;
  readonly keys: Pick<PaymentKeys, 'newest' | 'judge'>;
  readonly callbacks: CallbackRules;
}

/**
 * An import in the form in which it may lie somewhere: a line of JSON for each order, its card sealed, or for what was refused. Made while its
 * bytes arrive; no more than an order of them is in memory at a time.
 * @throws {Problem} `invalid`, `malformed`: a CSV file without its header; `unavailable` while there is no key to seal cards to
 */
export async function* sealImport(type: ImportType, bytes: AsyncIterable<Uint8Array>, parts: SealingParts): AsyncGenerator<Buffer> {
  const seal = makeSealing(parts);
  let lines: string[] = [];
  let length = 0;
  let untold = 0;
  let told = 0;

  for await (const candidate of type === 'csv' ? csvCandidates(bytes) : jsonCandidates(bytes)) {
    const entry = await seal(candidate);
    if ('faults' in entry) {
      // What nobody will be told of is counted with the next order: a file of nothing but line ends would grow to fifty times its size.
      if (told >= mostRejected) {
        untold += entry.rows;
        continue;
      }
      told += entry.faults.length;
    }
    const line = `${JSON.stringify({ ...entry, rows: entry.rows + untold })}\n`;
    untold = 0;
    lines.push(line);
    length += line.length;
    if (length < piece) continue;
    yield Buffer.from(lines.join(''));
    lines = [];
    length = 0;
  }
  if (untold > 0) lines.push(`${JSON.stringify({ rows: untold, reference: null, faults: [] } satisfies SealedEntry)}\n`);
  if (lines.length > 0) yield Buffer.from(lines.join(''));
}

async function* csvCandidates(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Candidate> {
  const rows = new CsvRows();
  let candidates: CsvCandidates | undefined;
  const take = function* (read: readonly Row[]): Generator<Candidate> {
    for (const row of read) {
      if (candidates) yield* candidates.push(row);
      else candidates = new CsvCandidates(readHeader(row));
    }
  };
  for await (const chunk of withoutMark(bytes)) yield* take(rows.push(chunk));
  yield* take(rows.end());
  if (!candidates) throw noHeader('There is no header row.');
  yield* candidates.end();
}

async function* jsonCandidates(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Candidate> {
  const lines = new JsonLines();
  for await (const chunk of withoutMark(bytes)) for (const line of lines.push(chunk)) yield jsonCandidate(line);
  for (const line of lines.end()) yield jsonCandidate(line);
}

function makeSealing({ access, keys, callbacks }: SealingParts): (candidate: Candidate) => Promise<SealedEntry> {
  const seal = makeSealer();
  return async (candidate) => {
    const judged = judgeCandidate(candidate, callbacks);
    if ('faults' in judged) return judged;
    const { payment, lines, priority, customer, shipTo, callbackUrl } = judged.order;
    let sealed: string;
    try {
      sealed = 'card' in payment ? await seal(payment.card, await keys.newest()) : await keys.judge(payment.sealed);
    } catch (refused) {
      const [fault] = refused instanceof Problem ? (refused.errors ?? []) : [];
      if (!fault) throw refused;
      const reason = `/payment/sealed: ${fault.detail}`;
      return { rows: candidate.rows, reference: judged.reference, faults: [{ line: candidate.line, reason }] };
    }
    return {
      rows: candidate.rows,
      reference: judged.reference,
      content: access.fingerprint(contentOf(judged)).toString('base64url'),
      lines,
      rowOf: lines.map((_, n) => candidate.lineOf(n)),
      priority,
      personal: { customer, shipTo, callbackUrl },
      emailHmac: access.emailHmac(customer.email).toString('base64url'),
      sealed,
      byClient: 'sealed' in payment,
    } satisfies SealedOrder;
  };
}

/** All that makes an order this order. Without the CVC: nothing made of it may outlive the authorisation (PCI DSS 3.3), and this is kept for good. */
function contentOf({ order: { payment, ...order } }: Judged): Buffer {
  return Buffer.from(JSON.stringify(['import', order, 'card' in payment ? withoutCvc(payment.card) : payment.sealed]));
}

const withoutCvc = ({ number, expiry }: Pick<Card, 'number' | 'expiry'>): readonly string[] => [number, expiry];
