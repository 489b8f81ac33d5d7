/** A line that is not blank. */
export interface JsonLine {
  /** The first is 1. */
  readonly line: number;
  /** Undefined where it is longer than `longestLine`. */
  readonly bytes?: Buffer;
}

/** Bytes: as much as a body of `POST /orders` may have. */
export const longestLine = 1024 * 1024;

const lf = 0x0a;

/** The lines of NDJSON as their bytes arrive. Blank ones are counted and passed over. */
export class JsonLines {
  #pieces: Buffer[] = [];
  #length = 0;
  #line = 1;

  *push(chunk: Uint8Array): Generator<JsonLine> {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    let from = 0;
    for (let at = bytes.indexOf(lf); at >= 0; at = bytes.indexOf(lf, from)) {
      this.#keep(bytes.subarray(from, at));
      yield* this.#end();
      this.#line += 1;
      from = at + 1;
    }
    this.#keep(bytes.subarray(from));
  }

  *end(): Generator<JsonLine> {
    yield* this.#end();
  }

  #keep(piece: Buffer): void {
    this.#length += piece.length;
    if (this.#length > longestLine) this.#pieces = [];
    else if (piece.length > 0) this.#pieces.push(piece);
  }

  *#end(): Generator<JsonLine> {
    const tooLong = this.#length > longestLine;
    const bytes = Buffer.concat(this.#pieces);
    this.#pieces = [];
    this.#length = 0;
    if (tooLong) yield { line: this.#line };
    else if (bytes.some((byte) => !blank.has(byte))) yield { line: this.#line, bytes };
  }
}

/** What JSON takes for white space. */
const blank = new Set([0x20, 0x09, 0x0d]);
