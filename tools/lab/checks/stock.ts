import type { Check } from '../evidence.js';
import { endOf } from './ends.js';

export const stock: Check = {
  name: 'stock',
  says: 'the stock is what its movements come to, and each order moved what it wanted, or gave it back',
  look({ stock, movements, accepted, streams }) {
    const sums = new Map<string, number>();
    const byOrder = new Map<string, Map<string, number>>();
    for (const { stream, kind, sku, quantity } of movements) {
      sums.set(sku, (sums.get(sku) ?? 0) + quantity);
      const moved = byOrder.get(stream) ?? new Map<string, number>();
      byOrder.set(stream, moved);
      moved.set(sku, (moved.get(sku) ?? 0) + quantity);
      moved.set(kind, 1);
    }
    const wrong = stock.flatMap(({ sku, available }) =>
      available === sums.get(sku) ? [] : [`${sku}: ${available} are said to be there, ${sums.get(sku)} by its movements`],
    );
    for (const { id, lines } of accepted) {
      const completed = endOf(streams.get(`order:${id}`) ?? []) === 'completed';
      const moved = byOrder.get(`order:${id}`);
      for (const sku of new Set(lines.map((line) => line.sku))) {
        const wanted = lines.reduce((sum, line) => sum + (line.sku === sku ? line.quantity : 0), 0);
        const gone = -(moved?.get(sku) ?? 0);
        if (gone !== (completed ? wanted : 0)) wrong.push(`${id}: ${gone} of ${sku} are gone, ${completed ? wanted : 0} should be`);
      }
    }
    return wrong;
  },
};
