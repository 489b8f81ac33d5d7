export { historyOf, pictureOf, project, viewsOf } from './order-status.js';
export { beginRebuild, foldAnew, holdPictures, rebuildJob, swapPictures, takeTouched } from './rebuild.js';
export { showOrders } from './show-orders.js';
