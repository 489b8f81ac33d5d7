import { isNext, type Order, type OrderCommand, type OrderEvent } from '#libs/order';
import { orders, type Consumer } from '#libs/work';
import { renderOf } from './render-photo.js';

/** An express order takes its photos along: they are asked for once more, in its lane, and overtake what no process has claimed. */
export const hurryPhotos: Consumer<OrderCommand, OrderEvent, Order> = {
  name: 'thumbnails-express',
  about: orders,
  on: ['OrderPlaced'],
  react(order) {
    if (order.priority !== 'express' || !isNext(order, { take: 'photos' })) return [];
    const wanted = new Set(order.lines.flatMap(({ photoId }) => photoId ?? []));
    return [...wanted].map((id) => renderOf(`photo:${id}`));
  },
};
