import { makeSealer } from '#libs/card';
import { CompactEncrypt, importJWK, type JWK } from 'jose';
import { mkdtemp, rename, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase } from '../../test/setup/database.js';
import { keyIn, keysBeside, Vault } from './vault.js';

describe('when the key of cards is renewed', () => {
  let database: Awaited<ReturnType<typeof openDatabase>>;
  let keys: string;
  beforeAll(async () => {
    database = await openDatabase({ role: 'backroom_host' });
    keys = await mkdtemp(path.join(os.tmpdir(), 'backroom-keys-'));
  });
  afterAll(async () => {
    await database?.close();
    if (keys) await rm(keys, { recursive: true });
  });

  const file = () => path.join(keys, 'payments.jwk');
  /** An instance of payments, as it starts. */
  const instance = async (): Promise<Vault> => {
    const vault = new Vault(database.db, await keyIn(file()), keysBeside(keys));
    await vault.publishKey();
    return vault;
  };
  const newest = async () => {
    const [row] = await database.db.run<{ jwk: JWK & { kid: string } }>('t-newest', 'SELECT jwk FROM payment_keys ORDER BY at DESC', []);
    return row!.jwk;
  };
  const card = { number: '4242424242424242', expiry: '12/39', cvc: '123' };
  const keep = async (sealed: string, byClient = false): Promise<string> => {
    const stream = `order:${crypto.randomUUID()}`;
    await database.db.run('t-keep', 'INSERT INTO vault (stream, sealed, by_client) VALUES ($1, $2, $3)', [stream, sealed, byClient]);
    return stream;
  };

  it('what was sealed before is opened, and what is sealed since, by who has not started again too', async () => {
    const before = await instance();
    const old = await newest();
    const inside = { card, jti: crypto.randomUUID(), exp: Math.floor(Date.now() / 1000) + 300 };
    const byClient = await new CompactEncrypt(new TextEncoder().encode(JSON.stringify(inside)))
      .setProtectedHeader({ alg: 'ECDH-ES+A256KW', enc: 'A256GCM', kid: old.kid })
      .encrypt(await importJWK(old, 'ECDH-ES+A256KW'));
    const waiting = [await keep(await makeSealer()(card, old)), await keep(byClient, true)];

    await rename(file(), path.join(keys, 'payments-2026.jwk'));
    const after = await instance();
    const now = await newest();
    expect(now.kid).not.toBe(old.kid);
    for (const stream of waiting) expect(await after.open(stream)).toMatchObject({ card });
    expect(await before.open(await keep(await makeSealer()(card, now)))).toMatchObject({ card });

    // With the old key gone for good, what was sealed to it stays shut.
    await rm(path.join(keys, 'payments-2026.jwk'));
    for (const stream of waiting) expect(await (await instance()).open(stream)).toEqual({ wrong: 'The sealed card cannot be opened.' });
  });
});
