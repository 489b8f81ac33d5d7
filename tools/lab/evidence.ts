import type { Line } from '#libs/order';

/** What the shop did, from books that are not the shop's, and what it says it did. All times are milliseconds of this machine's clock. */
export interface Evidence {
  readonly accepted: readonly Accepted[];
  readonly seen: readonly Seen[];
  /** `order:<uuid>`, `photo:<uuid>`; oldest first. */
  readonly streams: ReadonlyMap<string, readonly Fact[]>;
  /** The projection's rows, by stream. */
  readonly pictures: ReadonlyMap<string, { readonly version: number; readonly status: string; readonly view: unknown }>;
  readonly stock: readonly { readonly sku: string; readonly available: number }[];
  readonly movements: readonly { readonly stream: string; readonly kind: string; readonly sku: string; readonly quantity: number }[];
  /** What ought to be empty when all is settled: in words, each with what is left. */
  readonly leftovers: readonly string[];
  readonly gateway: readonly BookEntry[];
  readonly printer: readonly BookEntry[];
  readonly carrier: readonly BookEntry[];
  readonly mails: readonly Mail[];
  readonly records: readonly { readonly topic: string; readonly stream: string; readonly version: number }[];
  /** Places at rest where something personal was found. */
  readonly spilt: readonly string[];
  readonly faults: readonly Fault[];
}

/** An order as its client knows it: the 202 was seen. */
export interface Accepted {
  readonly id: string;
  readonly key: string;
  readonly kind: OrderKind;
  readonly lane: 'express' | 'standard';
  readonly total: number;
  readonly lines: readonly Pick<Line, 'sku' | 'quantity'>[];
  /** Every id that an answer to this key named: more than one is a doubled order. */
  readonly ids: readonly string[];
  /** `promised`: a 202 to the cancellation was seen. `asked`: it may have been heard. */
  readonly cancellation?: 'promised' | 'refused' | 'asked';
}

export const orderKinds = [
  'pays',
  'fails-first',
  'declined',
  'insufficient',
  'capture-declined',
  'undeliverable',
  'out-of-stock',
  'scarce',
  'broken-photo',
] as const;
export type OrderKind = (typeof orderKinds)[number];

/** One answer to one reader. */
export interface Seen {
  readonly id: string;
  readonly by: 'get' | 'stream';
  /** A connection of a stream, or the one who GETs. */
  readonly reader: string;
  readonly asked: number;
  readonly answered: number;
  /** 404: there is no such order. */
  readonly version: number;
  readonly status: string;
  readonly progress: number;
}

export interface Fact {
  readonly version: number;
  readonly type: string;
  readonly data: unknown;
  readonly meta: { readonly lane?: string; readonly shape?: number };
  /** RFC 3339. */
  readonly at: string;
}

/** A line of one of the world's books. */
export interface BookEntry {
  readonly key: string;
  readonly orderId: string;
  readonly operation: string;
  readonly at: string;
  readonly body: { readonly outcome: string };
  readonly kept: { readonly amount?: { readonly amount: number } };
}

/** A mail of which the server had the last byte. */
export interface Mail {
  readonly messageId: string;
  readonly at: number;
  /** False: the server died before its 250. */
  readonly answered: boolean;
}

export interface Fault {
  /** `fulfilment`, `postgres`, `broker 1`, `smtp`, `world`. */
  readonly whom: string;
  readonly what: 'killed' | 'frozen' | 'away' | 'answers lost';
  /** The boundary it was killed at, where it was one. */
  readonly at?: string;
  readonly from: number;
  /** When it was there again. */
  readonly to: number;
}

/** A check looks at the evidence and says what is wrong with it: each finding a sentence with the ids that let one look further. */
export interface Check {
  readonly name: string;
  /** What holds when it finds nothing. */
  readonly says: string;
  readonly look: (evidence: Evidence) => readonly string[];
}
