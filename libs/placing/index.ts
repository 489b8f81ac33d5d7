export { Catalogue, type Product } from './catalogue.js';
export { orderBody, type OrderBody } from './order-body.js';
export { PaymentKeys } from './payment-keys.js';
export { price } from './price.js';
export { findWrongPhotos } from './wrong-photos.js';
