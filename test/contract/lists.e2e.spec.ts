import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { startHost, type TestHost } from '../setup/host.js';
import { anOrder, place, reached, type Placed } from './orders.js';
import { expectProblem } from './problem.js';

let host: TestHost;
const placed: Placed[] = [];
beforeAll(async () => {
  host = await startHost();
  // One after the other, so that their order is known.
  for (let n = 0; n < 7; n++) {
    const card = n % 3 === 2 ? '4000000000000002' : undefined;
    placed.push(await place(host, anOrder({ card, email: n < 3 ? 'ada@example.com' : 'eve@example.com' })));
  }
  for (const one of placed) await reached(host, one, 'completed', 'failed');
});
afterAll(() => host?.stop());

const idsOf = (items: { id: string }[]): string[] => items.map(({ id }) => id);
const newestFirst = (which: (n: number) => boolean): string[] => idsOf(placed.filter((_, n) => which(n)).toReversed());
const get = async (query: string): Promise<{ items: { id: string; status: string }[]; next: string | null }> =>
  (await host.operator(`/orders${query}`).expect(200)).body;

describe('Status service: GET /orders', () => {
  test('the operator’s: 401 without a credential, and with a customer’s', async () => {
    expectProblem(await host.http().get('/orders'), 401, 'unauthorized');
    expectProblem(await host.http().get(`/orders?token=${placed[0]!.token}`), 401, 'unauthorized');
  });

  test('orders as each is shown alone, newest first', async () => {
    const answer = await host.operator('/orders').expect(200);
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(idsOf(answer.body.items)).toEqual(newestFirst(() => true));
    expect(answer.body.next).toBeNull();
    // Its last mail may be sent between the two answers.
    await vi.waitFor(async () => {
      const [first] = (await get('')).items;
      expect(first).toEqual((await host.follow(placed.at(-1)!.links.status)).body);
    });
  });

  test('by status, by address in whatever case, and by both', async () => {
    expect(idsOf((await get('?status=failed')).items)).toEqual(newestFirst((n) => n % 3 === 2));
    expect(idsOf((await get('?email=ADA@example.com')).items)).toEqual(newestFirst((n) => n < 3));
    expect(idsOf((await get('?email=ada@example.com&status=completed')).items)).toEqual(newestFirst((n) => n < 2));
    expect((await get('?email=nobody@example.com')).items).toEqual([]);
    expect((await get('?status=cancelled')).items).toEqual([]);
  });

  test('by the number that a mail calls it by, in whatever case, and with the others', async () => {
    const [, , third] = placed;
    const number = third!.id.slice(-8);
    // Found as soon as the status service has heard of it.
    await vi.waitFor(async () => expect(idsOf((await get(`?number=${number}`)).items)).toEqual([third!.id]));
    const found = async (query: string) => idsOf((await get(`?number=${number.toUpperCase()}${query}`)).items);
    expect(await found('&status=failed&email=ada@example.com')).toEqual([third!.id]);
    expect(await found('&status=completed')).toEqual([]);
    expect(await found('&email=eve@example.com')).toEqual([]);
    const { next } = await get('?limit=2');
    expect(await found(`&cursor=${next}`)).toEqual([third!.id]);
    expect(await found(`&cursor=${third!.id}`)).toEqual([]);
    expect((await get('?number=00000000')).items).toEqual([]);
  });

  let last: string | undefined;
  test.each(['', '&email=eve@example.com', '&status=completed', '&status=completed&email=eve@example.com'])(
    'paging (%s) neither repeats nor skips while orders arrive',
    async (filter) => {
      let before: string[] = [];
      // By status, an order stands in the list a moment after it was seen to have come to it.
      await vi.waitFor(async () => {
        before = idsOf((await get(`?limit=200${filter}`)).items);
        if (last) expect(before).toContain(last);
      });
      const seen: string[] = [];
      for (let cursor: string | null = ''; cursor !== null;) {
        const { items, next } = await get(`?limit=2${filter}${cursor && `&cursor=${cursor}`}`);
        expect(items.length).toBeLessThanOrEqual(2);
        seen.push(...idsOf(items));
        const placed = await place(host, anOrder({ email: 'eve@example.com' }));
        await reached(host, placed, 'completed');
        last = placed.id;
        cursor = next;
      }
      expect(seen).toEqual(before);
    },
  );

  test('an order stands in the list from the moment it was accepted', async () => {
    for (let n = 0; n < 5; n++) {
      const { id } = await place(host);
      expect(idsOf((await get('?limit=1')).items)).toEqual([id]);
    }
  });

  test('values out of range → 422 at the parameter; unknown parameters are ignored', async () => {
    for (const [name, value] of [
      ['limit', '0'],
      ['limit', '201'],
      ['limit', '1.5'],
      ['limit', ''],
      ['limit', '-1'],
      ['status', 'lost'],
      ['cursor', 'x'],
      ['email', ''],
      ['number', '1234567'],
      ['number', '1234567g'],
    ]) {
      const answer = await host.operator(`/orders?${name}=${value}`);
      expectProblem(answer, 422, 'invalid');
      expect(answer.body.errors.map(({ parameter }: { parameter: string }) => parameter)).toContain(name);
    }
    await host.operator('/orders?limit=200&colour=red').expect(200);
    expectProblem(await host.operator('/orders?limit=1&limit=2'), 422, 'invalid');
  });
});
