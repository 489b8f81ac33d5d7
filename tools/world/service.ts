/** What a service outside the shop is: a list of operations, each a pure rule on what its book already says of the order, or of the account. */
export interface Service<K extends object> {
  readonly name: ServiceName;
  readonly operations: readonly Operation<K>[];
  /** How an entry is shown in the public ledger. */
  item(entry: Entry<K>): object;
}

export type ServiceName = 'gateway' | 'printer' | 'carrier';

/** K: what may be kept of a request. No card, no name and no address is in it, so none can reach a book. */
export interface Operation<K extends object> {
  readonly name: string;
  /** `POST /{service}/{path}` */
  readonly path: string;
  /** Where its body says what it is about, if not in `orderId`. */
  readonly about?: 'accountId';
  /** JSON Schema of the body; a body that doesn't fit is answered with 400 and not booked. */
  readonly body: object;
  /** Always with its fields in the same order: after a restart it is what a repeated key is compared by. */
  keep(body: never): K;
  /** Pure but for the ids it makes. `earlier`: the entries of this order or account, oldest first. */
  decide(body: never, earlier: readonly Entry<K>[]): Answer;
}

export interface Answer {
  /** 201 done · 402 no, and no again · 409 impossible by the books · 503 not this time, and nothing happened. */
  readonly status: 201 | 402 | 409 | 503;
  readonly body: { readonly outcome: 'ok' | 'declined' | 'refused' | 'error'; readonly [more: string]: string };
}

/** A line of a book. */
export interface Entry<K extends object> extends Answer {
  readonly key: string;
  /** Or the account's. */
  readonly orderId: string;
  readonly operation: string;
  readonly at: string;
  readonly kept: K;
}
