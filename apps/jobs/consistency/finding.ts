import type { Tx } from '#libs/store';

/** Two things the shop keeps that contradict each other. */
export interface Finding {
  readonly kind: FindingKind;
  /** Of the order, the photo, the account or the product. */
  readonly id: string;
  readonly detail: string;
}

export type FindingKind =
  | 'order-history'
  | 'order-picture'
  | 'picture-behind'
  | 'picture-without-order'
  | 'order-stock'
  | 'order-still'
  | 'account-still'
  | 'person-missing'
  | 'person-not-erased'
  | 'person-without-order'
  | 'card-left'
  | 'effect-left'
  | 'photo-history'
  | 'account-history'
  | 'original-missing'
  | 'rendition-missing'
  | 'object-without-photo'
  | 'stock'
  | 'unpublished';

/** A look at the next of its kind. `after`: the last one seen; undefined when all have been. */
export interface Looked {
  readonly findings: readonly Finding[];
  readonly seen: number;
  readonly after?: string;
}

export type Look = (tx: Pick<Tx, 'run'>, after: string) => Promise<Looked>;
