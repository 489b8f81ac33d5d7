import type { Candidate, RowFault } from './candidate.js';
import { columns, type Column } from './csv-header.js';
import type { Row } from './csv-rows.js';

/** More lines has no order; more faults of one tell nobody more. */
const [mostLines, mostFaults] = [100, 100];

type Values = Readonly<Record<Column, string>>;

/** Where in a body of `POST /orders` a column stands. */
const places: readonly (readonly [RegExp, Column])[] = [
  [/^\/customer\/email/, 'email'],
  [/^\/(customer|shipTo)\/name/, 'name'],
  [/^\/shipTo\/line1/, 'line1'],
  [/^\/shipTo\/city/, 'city'],
  [/^\/shipTo\/postcode/, 'postcode'],
  [/^\/shipTo\/country/, 'country'],
  [/^\/lines\/\d+\/sku/, 'sku'],
  [/^\/lines\/\d+\/quantity/, 'quantity'],
  [/^\/payment\/card\/number/, 'card_number'],
  [/^\/payment\/card\/expiry/, 'card_expiry'],
  [/^\/payment\/card\/cvc/, 'card_cvc'],
];
const nameOf = (pointer: string): string => places.find(([place]) => place.test(pointer))?.[1] ?? pointer;

/** What all rows of an order have in common. */
const shared = columns.filter((column) => column !== 'sku' && column !== 'quantity');

interface Group {
  readonly reference: string | undefined;
  readonly line: number;
  rows: number;
  first: Values | undefined;
  readonly lines: { readonly sku: string; readonly quantity: string; readonly line: number }[];
  readonly faults: RowFault[];
}

/** Rows of one reference that stand together are one candidate; one row without a reference is one by itself. */
export class CsvCandidates {
  #group: Group | undefined;

  constructor(private readonly header: readonly Column[]) {}

  *push({ line, fields, fault }: Row): Generator<Candidate> {
    const reference = fields[this.header.indexOf('reference')] || undefined;
    if (this.#group && (reference === undefined || reference !== this.#group.reference)) yield* this.end();
    const group = (this.#group ??= { reference, line, rows: 0, first: undefined, lines: [], faults: [] });
    group.rows += 1;
    const reason = fault ?? this.#add(group, line, fields);
    if (reason !== undefined && group.faults.length < mostFaults) group.faults.push({ line, reason });
  }

  *end(): Generator<Candidate> {
    if (this.#group) yield candidateOf(this.#group);
    this.#group = undefined;
  }

  /** @returns why the row cannot be taken */
  #add(group: Group, line: number, fields: readonly string[]): string | undefined {
    if (fields.length !== this.header.length) return `It has ${fields.length} fields, and the header ${this.header.length}.`;
    const values = Object.fromEntries(this.header.map((column, n) => [column, fields[n]])) as Values;
    const first = (group.first ??= values);
    const other = shared.find((column) => values[column] !== first[column]);
    if (other) return `${other}: This differs from the order’s first row.`;
    if (group.lines.length < mostLines) group.lines.push({ sku: values.sku, quantity: values.quantity, line });
    else if (group.rows === mostLines + 1 || group.faults.length === 0) return `An order has ${mostLines} lines at most.`;
    return undefined;
  }
}

function candidateOf({ reference, line, rows, first, lines, faults }: Group): Candidate {
  const body = first && {
    customer: { email: first.email, name: first.name },
    shipTo: { name: first.name, line1: first.line1, city: first.city, postcode: first.postcode, country: first.country },
    lines: lines.map(({ sku, quantity }) => ({ sku, quantity: wholeNumber(quantity) })),
    payment: { card: { number: first.card_number, expiry: first.card_expiry, cvc: first.card_cvc } },
  };
  return { line, rows, reference, body, lineOf: (n) => lines[n]?.line ?? line, nameOf, faults };
}

/** Everything is text in CSV: what is written as a whole number is one, and nothing else becomes one. */
const wholeNumber = (text: string): unknown => (/^[1-9]\d{0,8}$/.test(text) ? Number(text) : text);
