import type { Settings } from '#libs/host';

/** What is said when the shop is open: its links, the operator's token, and how to place an order. */
export function welcome({ PUBLIC_URL, STATUS_URL, OPERATOR_TOKEN, DATA_DIR }: Settings): string {
  return `
  The shop is open.

  Dashboard  ${STATUS_URL}/#token=${OPERATOR_TOKEN}
  Products   ${PUBLIC_URL}/products
  Inbox      ${STATUS_URL}/inbox#token=${OPERATOR_TOKEN}
  Health     ${STATUS_URL}/health
  Operator   ${OPERATOR_TOKEN}
  Kept in    ${DATA_DIR}

  Place an order, then follow the link in Location:

  ${orderCommand(PUBLIC_URL)}

  Ctrl-C stops it.
`;
}

/** A line for a shell that places an order. */
export function orderCommand(publicUrl: string): string {
  const order = {
    customer: { email: 'ada@example.com', name: 'Ada' },
    shipTo: { name: 'Ada', line1: '1 Main St', city: 'Vienna', postcode: '1010', country: 'AT' },
    lines: [{ sku: 'PRINT-10X15', quantity: 2 }],
    payment: { card: { number: '4242424242424242', expiry: '12/39', cvc: '123' } },
  };
  return `curl -si ${publicUrl}/orders -H 'Content-Type: application/json' -d '${JSON.stringify(order)}'`;
}
