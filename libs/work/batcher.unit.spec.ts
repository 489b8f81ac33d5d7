import { describe, expect, it } from 'vitest';
import { batcher } from './batcher.js';

describe('the batcher', () => {
  it('sends what arrived while the last batch was away as one', async () => {
    const batches: number[][] = [];
    let open = (): void => {};
    const gate = new Promise<void>((resolve) => (open = resolve));
    const give = batcher<number, number>(
      async (items) => {
        batches.push([...items]);
        if (batches.length === 1) await gate;
        return items.length;
      },
      { most: 3, atOnce: 1 },
    );
    const first = give(1);
    await new Promise(setImmediate);
    const rest = [2, 3, 4, 5].map(give);
    open();
    expect(await Promise.all([first, ...rest])).toEqual([1, 3, 3, 3, 1]);
    expect(batches).toEqual([[1], [2, 3, 4], [5]]);
  });

  it('goes on after a batch that failed', async () => {
    const give = batcher<number, string>(
      async ([n]) => {
        if (n === 1) throw new Error('no');
        return 'yes';
      },
      { most: 1, atOnce: 1 },
    );
    const answers = await Promise.allSettled([give(1), give(2)]);
    expect(answers.map((one) => one.status)).toEqual(['rejected', 'fulfilled']);
  });
});
