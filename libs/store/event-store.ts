import type { Lane } from '#libs/bus';
import type { Tx } from './database.js';

/** What belongs to an event without being part of the fact. */
export interface Meta {
  readonly lane: Lane;
  readonly correlation?: string;
  /** W3C: of the request that it began with. */
  readonly traceparent?: string | undefined;
  /** Somebody waits for the stream's end: news of it go to the topic `replies` too. */
  readonly awaited?: true;
  /** Whoever placed it is called back: its news go to the topic `webhooks` too. */
  readonly webhook?: true;
  /** Of the event's data, where it is no longer the first one of its type: the only part of this that is each event's own. */
  readonly shape?: number | undefined;
}

/** What belongs to an event: to its stream, and to it alone. */
export const metaOf = (event: NewEvent, ofStream: Meta): Meta => ({ ...ofStream, shape: event.shape });

/** A fact as it is decided. */
export interface NewEvent {
  readonly type: string;
  readonly data: unknown;
  /** Of `data`. Nothing is said of the first shape of a type. */
  readonly shape?: number | undefined;
}

/** A fact as it lies in the store. Versions of a stream count from 1 without gaps. */
export interface Recorded {
  readonly stream: string;
  readonly version: number;
  readonly type: string;
  readonly data: unknown;
  readonly at: string;
  readonly meta: Meta;
}

export interface Write {
  readonly stream: string;
  /** The version the stream must have now; 0 for a new one. */
  readonly expected: number;
  readonly events: readonly NewEvent[];
  readonly meta: Meta;
  /** RFC 3339, UTC. */
  readonly at: string;
}

/** The streams: append-only, one after another without gaps. `order:<uuid>`, `photo:<uuid>`, `account:<uuid>`. */
export interface EventStore {
  /**
   * Appends to many streams, each whole or not at all, and puts what it appends in the outbox. The answers stand in the order of the writes;
   * a conflict (somebody has appended since) is an answer, no error. A stream may stand in one call once.
   */
  append(tx: Tx, writes: readonly Write[]): Promise<readonly ('ok' | 'conflict')[]>;
  /** The events after a version, oldest first. A stream without any is not in the answer. */
  load(tx: Pick<Tx, 'run'>, streams: readonly Wanted[]): Promise<ReadonlyMap<string, readonly Recorded[]>>;
}

export interface Wanted {
  readonly stream: string;
  readonly after: number;
  /**
   * Its events up to this version will do. What has been appended since may be missing; whoever decides on that is told by a conflict, or by news
   * yet to come.
   */
  readonly known?: number;
}

/** The kind of a stream, `order` of `order:<uuid>`. */
export const kindOf = (stream: string): string => stream.slice(0, stream.indexOf(':'));
export const idOf = (stream: string): string => stream.slice(stream.indexOf(':') + 1);
