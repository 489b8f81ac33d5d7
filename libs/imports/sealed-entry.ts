import type { OrderBody } from '#libs/placing';
import type { RowFault } from './candidate.js';

/** An order that waits in the store to be placed: judged, its card sealed. */
export interface SealedOrder {
  /** How many rows it was read from, and those before it of which nothing more is told. */
  readonly rows: number;
  readonly reference: string;
  /** By which the same order is known again: an HMAC, in base64url. */
  readonly content: string;
  readonly lines: OrderBody['lines'];
  /** The physical line of each of them. */
  readonly rowOf: readonly number[];
  readonly priority: OrderBody['priority'];
  readonly personal: Pick<OrderBody, 'customer' | 'shipTo' | 'callbackUrl'>;
  /** In base64url. */
  readonly emailHmac: string;
  readonly sealed: string;
  /** The client sealed it: nobody has seen the inside yet. */
  readonly byClient: boolean;
}

/** What was spoilt by its rows. */
export interface Spoilt {
  readonly rows: number;
  /** Null where it could not be told. */
  readonly reference: string | null;
  readonly faults: readonly RowFault[];
}

/** A line of the object in which an import waits. */
export type SealedEntry = SealedOrder | Spoilt;
