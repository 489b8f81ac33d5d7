export { historyOf, pictureOf, project, viewsOf } from './order-status.js';
export { showOrders } from './show-orders.js';
