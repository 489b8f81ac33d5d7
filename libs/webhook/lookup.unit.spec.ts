import type { LookupAddress } from 'node:dns';
import { describe, expect, it } from 'vitest';
import { guardedLookup, type Resolve } from './lookup.js';

const look = (name: string, resolve: Resolve, loopback = false): Promise<readonly LookupAddress[]> =>
  new Promise((found, failed) =>
    guardedLookup({ loopback }, resolve)(name, { all: true }, (error, all) => (error ? failed(error) : found(all as LookupAddress[]))),
  );

describe('the lookup of a connection', () => {
  it('answers with the addresses that were judged', async () => {
    expect(await look('client.example', async () => ['8.8.8.8', '2606:4700::1111'])).toEqual([
      { address: '8.8.8.8', family: 4 },
      { address: '2606:4700::1111', family: 6 },
    ]);
  });

  it.each([[['10.0.0.1']], [['8.8.8.8', '10.0.0.1']], [['8.8.8.8', '::1']], [['::ffff:10.0.0.1']], [['no address']], [[]]])(
    'refuses a name that leads to %j',
    async (addresses) => {
      await expect(look('client.example', async () => addresses)).rejects.toMatchObject({ code: 'NOT_PUBLIC' });
    },
  );

  it('judges each time anew: a name that turns private is refused', async () => {
    const answers = [['8.8.8.8'], ['169.254.169.254']];
    const resolve = async (): Promise<string[]> => answers.shift()!;
    expect(await look('client.example', resolve)).toHaveLength(1);
    await expect(look('client.example', resolve)).rejects.toMatchObject({ code: 'NOT_PUBLIC' });
  });

  it('knows localhost without asking, and refuses it unless loopback is allowed', async () => {
    const nobody = async (): Promise<never> => {
      throw new Error('asked');
    };
    expect(await look('a.localhost', nobody, true)).toEqual([
      { address: '127.0.0.1', family: 4 },
      { address: '::1', family: 6 },
    ]);
    await expect(look('localhost.', nobody)).rejects.toMatchObject({ code: 'NOT_PUBLIC' });
  });

  it('says what DNS has said where there is no answer', async () => {
    const resolve = async (): Promise<never> => {
      throw Object.assign(new Error('queryA ENOTFOUND client.example'), { code: 'ENOTFOUND' });
    };
    await expect(look('client.example', resolve)).rejects.toMatchObject({ code: 'ENOTFOUND' });
  });
});
