import { altered } from './altered.js';
import type { NamedMutation } from './mutation.js';

export const stockOutside: NamedMutation = {
  name: 'stock-outside',
  breaks: 'stock is taken in a transaction of its own, whether or not it was taken before',
  red: 'stock',
  faults: ['boundaries'],
  roles: ['fulfilment'],
  boundaries: /store:(stock-move:after|append|bookmarks-move|COMMIT of bookmarks-move:before)/,
  how: {
    async statement(query, ask) {
      if (query.name !== 'stock-move') return ask(query);
      const text = altered(
        query.text,
        /FROM booked GROUP BY sku/,
        'FROM unnest($3::text[], $4::int[]) AS given (sku, quantity) GROUP BY sku',
      );
      const answer = await ask({ ...query, text });
      await ask({ text: 'COMMIT' });
      await ask({ text: 'BEGIN' });
      return answer;
    },
  },
};
