import type { Readable } from 'node:stream';

/**
 * The port to where photos lie: whole objects under a name, each written once and never changed.
 *
 * A name is `photos/<id>/original`: lower-case letters, digits, `.`, `_` and `-` in parts separated by `/`, no part beginning with a dot,
 * 200 characters at most; what it names is no folder of another. Every function rejects with a `RangeError` for anything else.
 *
 * An abstract class and no interface, so that it is its own injection token.
 */
export abstract class Objects {
  /**
   * Resolves when all of it is there to stay, through a power cut too: the event that tells of an object is appended after it. Seen whole or
   * not at all; if the source fails, so does this, and nothing is left. A name that is taken already gets the new content.
   */
  abstract put(name: string, source: AsyncIterable<Uint8Array> | Uint8Array): Promise<void>;

  /** `undefined` if there is none. From a byte on, for whoever has read what is before it. Whoever asks reads the stream to its end or destroys it; a deletion meanwhile does not cut it off. */
  abstract get(name: string, from?: number): Promise<Found | undefined>;

  /** Resolves when it will not come back, or if there was none. */
  abstract delete(name: string): Promise<void>;

  /** All whose name begins so, in no order. What comes or goes meanwhile may be among them or not. */
  abstract list(prefix: string): AsyncIterable<Listed>;
}

export interface Found {
  readonly stream: Readable;
  /** Bytes, of the whole object. */
  readonly size: number;
}

export interface Listed {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** When it was written. */
  readonly at: Date;
}
