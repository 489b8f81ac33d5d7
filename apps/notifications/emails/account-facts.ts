/** All that a mail about an account says; gathered when it is written, as for an order. */
export interface AccountFacts {
  readonly accountId: string;
  readonly customer: { readonly name: string; readonly email: string };
  readonly ordersPerMinute: number;
  /** Where it can be read how orders are placed by API. */
  readonly docsUrl: string;
}
