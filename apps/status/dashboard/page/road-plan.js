// Where everything is on the drawing of the road, and whose work an event is.

/** Which role an event is the work of. */
export const doneBy = {
  OrderPlaced: 'api',
  PhotoUploaded: 'api',
  CancellationRequested: 'api',
  PhotosReady: 'fulfilment',
  PhotosRejected: 'fulfilment',
  StockReserved: 'fulfilment',
  StockRefused: 'fulfilment',
  Printed: 'fulfilment',
  HandoverStarted: 'fulfilment',
  Shipped: 'fulfilment',
  ShipmentRefused: 'fulfilment',
  OrderCompleted: 'fulfilment',
  PrintDiscarded: 'fulfilment',
  StockReleased: 'fulfilment',
  OrderCancelled: 'fulfilment',
  OrderFailed: 'fulfilment',
  PaymentAuthorised: 'payments',
  PaymentDeclined: 'payments',
  PaymentCaptured: 'payments',
  CaptureFailed: 'payments',
  PaymentRefunded: 'payments',
  PaymentVoided: 'payments',
  RenderingStarted: 'thumbnails',
  RenderingFailed: 'thumbnails',
  PhotoReady: 'thumbnails',
  PhotoRejected: 'thumbnails',
  NotificationSent: 'notifications',
  NotificationFailed: 'notifications',
};

/** Of a node. */
export const size = { width: 170, height: 52 };

const right = ['thumbnails', 'fulfilment', 'payments', 'notifications', 'status'];

/** Left upper corners. */
export const places = {
  api: [10, 142],
  store: [230, 142],
  relay: [450, 142],
  scheduler: [10, 22],
  jobs: [230, 22],
  ...Object.fromEntries(right.map((role, n) => [role, [760, 10 + n * 66]])),
};

export const says = {
  api: 'the front door',
  store: 'events and outbox',
  relay: 'publishes',
  scheduler: 'says when',
  jobs: 'the batch work',
  thumbnails: 'renders photos',
  fulfilment: 'stock, print, ship',
  payments: 'the bank',
  notifications: 'mails, webhooks',
  status: 'what people see',
};

export const bus = { x: 680, y: 10, width: 20, height: 316, rx: 10 };
export const view = { width: 940, height: 372 };

const middle = ([, y]) => y + size.height / 2;
const end = ([x]) => x + size.width;
const level = (from, x, y) => `M${from} ${y} L${x} ${y}`;
const storeX = places.store[0] + size.width / 2;

/** Paths, by what runs on them. */
export const edges = {
  api: level(end(places.api), places.store[0], middle(places.api)),
  outbox: level(end(places.store), places.relay[0], middle(places.store)),
  news: level(end(places.relay), bus.x, middle(places.relay)),
  scheduler: level(end(places.scheduler), places.jobs[0], middle(places.jobs)),
  jobs: `M${storeX} ${places.jobs[1] + size.height} L${storeX} ${places.store[1]}`,
  ...Object.fromEntries(right.map((role) => [role, level(bus.x + bus.width, places[role][0], middle(places[role]))])),
};

/** Beneath everything: what the roles decide is written to the store. */
export const back = `M845 ${places.status[1] + size.height} L845 360 L${storeX} 360 L${storeX} ${places.store[1] + size.height}`;
