/** All that a mail about an order says. It is gathered when the mail is written and kept nowhere: most of it is personal. */
export interface OrderFacts {
  readonly orderId: string;
  readonly customer: { readonly name: string; readonly email: string };
  readonly lines: readonly Line[];
  readonly total: Money;
  readonly shipTo?: Address | undefined;
  readonly tracking?: string | undefined;
  /** Why it ended `cancelled` or `failed`: one of the codes of `GET /orders/{id}`. */
  readonly reason?: { readonly code: string; readonly detail?: string | undefined } | undefined;
  /** Where the order can be looked at, its token included. */
  readonly statusUrl: string;
}

export interface Line {
  readonly name: string;
  readonly quantity: number;
  readonly unitPrice: Money;
  readonly photo?: Picture | undefined;
}

/** A photo in small; the same object on every line it stands on. */
export interface Picture {
  readonly thumb: Buffer;
  readonly contentType: string;
}

/** In minor units. */
export interface Money {
  readonly amount: number;
  readonly currency: string;
}

export interface Address {
  readonly name: string;
  readonly line1: string;
  readonly line2?: string | undefined;
  readonly city: string;
  readonly region?: string | undefined;
  readonly postcode: string;
  /** ISO 3166-1 alpha-2. */
  readonly country: string;
}
