import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Objects } from './objects.js';

const read = async (objects: Objects, name: string): Promise<Buffer | undefined> => {
  const found = await objects.get(name);
  return found && (await buffer(found.stream));
};
const names = async (objects: Objects, prefix: string): Promise<string[]> => {
  const all: string[] = [];
  for await (const { name } of objects.list(prefix)) all.push(name);
  return all.sort();
};

/** What every adapter of the port keeps. `make` gives an empty store. */
export const objectsContract = (name: string, make: () => Promise<Objects>): void => {
  describe(name, () => {
    let objects: Objects;
    beforeEach(async () => {
      objects = await make();
    });

    it('gives back what was put, from bytes and from a stream', async () => {
      const content = randomBytes(300_000);
      await objects.put('photos/a/original', content);
      await objects.put('photos/b/original', Readable.from([content.subarray(0, 7), content.subarray(7)]));
      for (const object of ['photos/a/original', 'photos/b/original']) {
        const found = await objects.get(object);
        expect(found?.size).toBe(300_000);
        expect(content.equals(await buffer(found!.stream))).toBe(true);
      }
    });

    it('gives back the rest of what was put', async () => {
      await objects.put('a', Buffer.from('0123456789'));
      for (const [from, rest] of [
        [0, '0123456789'],
        [4, '456789'],
        [10, ''],
      ] as const) {
        const found = await objects.get('a', from);
        expect([found!.size, String(await buffer(found!.stream))]).toEqual([10, rest]);
      }
    });

    it('keeps an empty object apart from none', async () => {
      await objects.put('empty', Buffer.alloc(0));
      expect(await read(objects, 'empty')).toEqual(Buffer.alloc(0));
      expect(await objects.get('none')).toBeUndefined();
      expect(await objects.get('empty/none')).toBeUndefined();
    });

    it('takes no folder for an object', async () => {
      await objects.put('photos/a/original', Buffer.from('a'));
      expect(await objects.get('photos/a')).toBeUndefined();
    });

    it('shows nothing of what is still coming', async () => {
      let end = (): void => undefined;
      const ended = new Promise<void>((resolve) => (end = resolve));
      let began = (): void => undefined;
      const begun = new Promise<void>((resolve) => (began = resolve));
      const source = async function* () {
        yield Buffer.from('half');
        began();
        await ended;
      };
      const put = objects.put('photos/a/original', source());
      await begun;
      expect(await objects.get('photos/a/original')).toBeUndefined();
      expect(await names(objects, '')).toEqual([]);
      end();
      await put;
      expect(await read(objects, 'photos/a/original')).toEqual(Buffer.from('half'));
    });

    it('leaves nothing of what broke off, and what was there before', async () => {
      await objects.put('photos/b/original', Buffer.from('before'));
      const source = async function* () {
        yield Buffer.from('half');
        throw new Error('the client is gone');
      };
      for (const object of ['photos/a/original', 'photos/b/original']) {
        await expect(objects.put(object, source())).rejects.toThrow('the client is gone');
      }
      expect(await names(objects, '')).toEqual(['photos/b/original']);
      expect(await read(objects, 'photos/b/original')).toEqual(Buffer.from('before'));
    });

    it('puts a new content in the place of the old, while the old is still read', async () => {
      await objects.put('one', Buffer.from('old'));
      const old = await objects.get('one');
      await objects.put('one', Buffer.from('newer'));
      expect(await read(objects, 'one')).toEqual(Buffer.from('newer'));
      expect([old!.size, await buffer(old!.stream)]).toEqual([3, Buffer.from('old')]);
    });

    it('deletes, once and again, and cuts no reader off', async () => {
      await objects.put('photos/a/original', Buffer.from('a'));
      const reading = await objects.get('photos/a/original');
      await objects.delete('photos/a/original');
      await objects.delete('photos/a/original');
      expect(await objects.get('photos/a/original')).toBeUndefined();
      expect(await names(objects, '')).toEqual([]);
      expect(await buffer(reading!.stream)).toEqual(Buffer.from('a'));
    });

    it('lists what begins so, with size and time', async () => {
      const before = Date.now() - 2_000;
      for (const object of ['photos/a/original', 'photos/a/v1/thumb.jpg', 'photos/ab/original', 'other']) {
        await objects.put(object, Buffer.from(object));
      }
      expect(await names(objects, 'photos/a')).toEqual(['photos/a/original', 'photos/a/v1/thumb.jpg', 'photos/ab/original']);
      expect(await names(objects, 'photos/a/')).toEqual(['photos/a/original', 'photos/a/v1/thumb.jpg']);
      expect(await names(objects, '')).toHaveLength(4);
      expect(await names(objects, 'nothing/of/the/kind')).toEqual([]);
      for await (const { name, size, at } of objects.list('')) {
        expect(size).toBe(name.length);
        expect(at.getTime()).toBeGreaterThan(before);
        expect(at.getTime()).toBeLessThan(Date.now() + 2_000);
      }
    });

    it('stands putting and deleting at once, side by side', async () => {
      await Promise.all(
        Array.from({ length: 40 }, async (_, i) => {
          await objects.put(`photos/a/${i}`, Buffer.from('x'));
          await objects.delete(`photos/a/${i}`);
        }),
      );
      await objects.put('photos/a/last', Buffer.from('x'));
      expect(await names(objects, '')).toEqual(['photos/a/last']);
    });

    it.each([
      '',
      '/',
      '/etc/passwd',
      '..',
      '../a',
      'a/../b',
      'a//b',
      'a/',
      './a',
      '.incoming/a',
      'A',
      'a b',
      'a\0b',
      'a\\b',
      'ä',
      'a'.repeat(201),
    ])('refuses the name %j', async (bad) => {
      await expect(objects.put(bad, Buffer.from('x'))).rejects.toThrow(RangeError);
      await expect(objects.get(bad)).rejects.toThrow(RangeError);
      await expect(objects.delete(bad)).rejects.toThrow(RangeError);
    });

    it.each(['/', '../', 'a/../', '.', 'a//', '*'])('refuses to list %j', async (bad) => {
      await expect(names(objects, bad)).rejects.toThrow(RangeError);
    });
  });
};
