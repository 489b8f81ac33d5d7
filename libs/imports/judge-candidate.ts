import { looksLikeCard } from '#libs/card';
import { line, parseBody, Problem } from '#libs/host';
import { orderBody, type OrderBody } from '#libs/placing';
import { faultOfCallback, type CallbackRules } from '#libs/webhook';
import type { Candidate, RowFault } from './candidate.js';
import type { Spoilt } from './sealed-entry.js';

const referenceText = line();

export interface Judged {
  readonly reference: string;
  readonly order: OrderBody;
}

/** As at the front door, except for what only the database knows. Of what is refused nothing is repeated but its reference. */
export function judgeCandidate(candidate: Candidate, callbacks: CallbackRules): Judged | Spoilt {
  const faults = [...candidate.faults];
  const blame = (pointer: string, detail: string): void => {
    const at = /^\/lines\/(\d+)/.exec(pointer)?.[1];
    faults.push({ line: candidate.lineOf(Number(at ?? 0)), reason: `${candidate.nameOf(pointer) || 'It'}: ${detail}` });
  };
  const { reference } = candidate;
  const told = reference !== undefined && referenceText.safeParse(reference).success && !looksLikeCard(reference);
  if (reference === undefined && candidate.faults.length === 0) blame('reference', 'This is missing.');
  else if (reference !== undefined && !told) blame('reference', 'This must be 1 to 200 characters of one line, and no card’s number.');

  const order = candidate.body === undefined ? undefined : judgeBody(candidate.body, callbacks, blame);
  if (order && faults.length === 0) return { reference: reference!, order };
  return { rows: candidate.rows, reference: told ? reference : null, faults: oneEachLine(faults) };
}

function judgeBody(body: unknown, callbacks: CallbackRules, blame: (pointer: string, detail: string) => void): OrderBody | undefined {
  try {
    const order = parseBody(orderBody, body);
    for (const [pointer, text] of textsOf(order)) {
      // A file whose columns are out of step would leave cards where nobody deletes them.
      if (looksLikeCard(text)) blame(pointer, 'This looks like a card’s number, where none belongs.');
    }
    const fault = order.callbackUrl === undefined ? undefined : faultOfCallback(order.callbackUrl, callbacks);
    if (fault !== undefined) blame('/callbackUrl', fault);
    return order;
  } catch (refused) {
    if (!(refused instanceof Problem)) throw refused;
    for (const fault of refused.errors ?? []) if ('pointer' in fault) blame(fault.pointer, fault.detail);
    return undefined;
  }
}

function* textsOf({ customer, shipTo, lines, callbackUrl }: OrderBody): Generator<[pointer: string, text: string]> {
  for (const [name, text] of Object.entries(customer)) yield [`/customer/${name}`, text];
  for (const [name, text] of Object.entries(shipTo)) if (text !== undefined) yield [`/shipTo/${name}`, text];
  for (const [n, { sku }] of lines.entries()) yield [`/lines/${n}/sku`, sku];
  if (callbackUrl !== undefined) yield ['/callbackUrl', callbackUrl];
}

/** A row is bad once, whatever is wrong in it. The name stands in two places of an order, and is one column. */
function oneEachLine(faults: readonly RowFault[]): RowFault[] {
  const byLine = new Map<number, Set<string>>();
  for (const { line, reason } of faults) byLine.set(line, (byLine.get(line) ?? new Set()).add(reason));
  return [...byLine].sort(([a], [b]) => a - b).map(([line, reasons]) => ({ line, reason: [...reasons].slice(0, 5).join(' ') }));
}
