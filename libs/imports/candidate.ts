/** What may become an order: as it was read, and not judged yet. */
export interface Candidate {
  /** The physical line it begins on. */
  readonly line: number;
  /** How many rows it was read from. */
  readonly rows: number;
  /** Undefined where it cannot be told. */
  readonly reference: string | undefined;
  /** A body of `POST /orders`, or not. */
  readonly body: unknown;
  /** The line of each line of the order: the same for all where it is written in one. */
  readonly lineOf: (n: number) => number;
  /** What its field is called in the file. */
  readonly nameOf: (pointer: string) => string;
  /** What was wrong already when it was read. */
  readonly faults: readonly RowFault[];
}

/** Never holds anything of the row: that may be a card. */
export interface RowFault {
  readonly line: number;
  readonly reason: string;
}
