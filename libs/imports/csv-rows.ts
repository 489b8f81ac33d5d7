import { isUtf8 } from 'node:buffer';

/** A row as it was read. */
export interface Row {
  /** The physical line it begins on, the first being 1. */
  readonly line: number;
  /** Of one with a fault, those before the place where it broke. */
  readonly fields: readonly string[];
  /** Why it is none. Never holds anything of the row: that may be a card. */
  readonly fault?: string;
}

/** Bytes. A row of ours has a fifth of it at most, every character of every field being an escaped quote. */
export const longestRow = 64 * 1024;

const [comma, quote, cr, lf] = [0x2c, 0x22, 0x0d, 0x0a];

type State =
  | 'begin' // of a field
  | 'bare' // in a field without quotes
  | 'quoted'
  | 'closed' // behind a quote within quotes: the end of the field, or half of an escaped one
  | 'ending' // behind a CR that follows a closing quote
  | 'broken'; // whatever comes belongs to no field

/**
 * Rows by RFC 4180, with LF and CRLF, as their bytes arrive. A row that is broken ends with its physical line, and costs no other row.
 *
 * Our own, since what is wanted is what csv-parse 7 has not: told to skip a row with a text behind a closing quote, it takes that text for the
 * beginning of quotes and the rows that follow for their inside, and its messages repeat the field, which may be a card's number.
 */
export class CsvRows {
  readonly #bytes = Buffer.allocUnsafe(longestRow);
  #length = 0;
  /** Where each field that has ended ends. */
  #ends: number[] = [];
  #state: State = 'begin';
  #fault: string | undefined;
  #line = 1;
  #begunOn = 1;

  push(chunk: Uint8Array): Row[] {
    const rows: Row[] = [];
    for (const byte of chunk) {
      const ended = this.#take(byte);
      if (byte === lf) this.#line += 1;
      if (ended) this.#row(rows);
    }
    return rows;
  }

  end(): Row[] {
    const rows: Row[] = [];
    if (this.#state === 'quoted') this.#break('A quoted field is not closed: all that follows was taken for a part of it.');
    this.#row(rows);
    return rows;
  }

  /** @returns whether the row has ended */
  #take(byte: number): boolean {
    switch (this.#state) {
      case 'begin':
        if (byte === quote) this.#state = 'quoted';
        else return this.#bare(byte);
        return false;
      case 'bare':
        if (byte === quote) this.#break('A quote stands within a field that does not begin with one.');
        else return this.#bare(byte);
        return false;
      case 'quoted':
        if (byte === quote) this.#state = 'closed';
        else this.#keep(byte);
        return false;
      case 'closed':
        if (byte === quote) {
          this.#keep(byte);
          this.#state = 'quoted';
        } else if (byte === comma) this.#endField();
        else if (byte === cr) this.#state = 'ending';
        else if (byte !== lf) this.#break(behindQuote);
        return byte === lf;
      case 'ending':
        if (byte !== lf) this.#break(behindQuote);
        return byte === lf;
      case 'broken':
        return byte === lf;
      default:
        return this.#state satisfies never;
    }
  }

  #bare(byte: number): boolean {
    if (byte === comma) {
      this.#endField();
      return false;
    }
    if (byte === lf) return true;
    this.#state = 'bare';
    this.#keep(byte);
    return false;
  }

  #keep(byte: number): void {
    // Quotes go on being followed: where the row ends is not told by its length.
    if (this.#length === longestRow) this.#fault ??= `This row has more than ${longestRow / 1024} KiB.`;
    else this.#bytes[this.#length++] = byte;
  }

  #endField(): void {
    if (!this.#fault) this.#ends.push(this.#length);
    this.#state = 'begin';
  }

  #break(fault: string): void {
    this.#fault ??= fault;
    this.#state = 'broken';
  }

  #row(rows: Row[]): void {
    // The CR of a CRLF.
    if (this.#state === 'bare' && this.#bytes[this.#length - 1] === cr) this.#length -= 1;
    const blank = this.#length === 0 && this.#ends.length === 0 && (this.#state === 'begin' || this.#state === 'bare');
    if (!blank) rows.push(this.#read());
    this.#length = 0;
    if (this.#ends.length > 0) this.#ends = [];
    this.#fault = undefined;
    this.#state = 'begin';
    this.#begunOn = this.#line;
  }

  #read(): Row {
    if (!this.#fault) this.#ends.push(this.#length);
    const text = this.#bytes.subarray(0, this.#ends.at(-1) ?? 0);
    const fields = this.#ends.map((end, n) => text.toString('utf8', this.#ends[n - 1] ?? 0, end));
    const fault = this.#fault ?? (isUtf8(text) ? undefined : 'This row is no UTF-8.');
    return fault === undefined ? { line: this.#begunOn, fields } : { line: this.#begunOn, fields, fault };
  }
}

const behindQuote = 'Something stands between a closing quote and the end of its field.';
