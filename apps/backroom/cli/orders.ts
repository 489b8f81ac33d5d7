import { Access } from '#libs/access';
import { showOrders, viewsOf } from '#libs/order-status';
import { timelineOf } from '../../status/timeline.js';
import { columns, type Command } from './command.js';
import { idIn } from './values.js';

export const orderCommands: readonly Command[] = [
  {
    name: 'orders show',
    args: ['ID'],
    summary: 'An order as its customer sees it.',
    async run(given) {
      const stream = `order:${idIn(given.args[0]!)}`;
      const { db, settings } = await given.shop();
      const key = settings.ACCESS_KEY;
      const [order] = await showOrders(db, new Access(key ?? '', ''), settings, await viewsOf(db, [stream]));
      if (!order) throw new Error(`There is no order ${given.args[0]}.`);
      // Without the key of all tokens its links would open nothing.
      given.show(key ? order : { ...order, links: undefined }, (one) => JSON.stringify(one, undefined, 2));
    },
  },
  {
    name: 'orders timeline',
    args: ['ID'],
    summary: 'All that happened on behalf of an order, and what it waits for.',
    more: 'Events, attempts, waits, mails, calls and dead letters, oldest first: backroom orders timeline 01a20d2f-87ce-7400-bca8-8350497ad93f',
    async run(given) {
      const stream = `order:${idIn(given.args[0]!)}`;
      const { db } = await given.shop();
      const moments = await timelineOf(db, stream);
      if (moments.length === 0) throw new Error(`There is no order ${given.args[0]}.`);
      given.show(moments, (all) => columns(all.map(({ at, kind, summary }) => [at, kind, summary])));
    },
  },
];
