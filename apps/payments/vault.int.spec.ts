import { algorithm } from '#libs/card';
import { Database } from '#libs/store';
import { CompactEncrypt, importJWK } from 'jose';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openDatabase } from '../../test/setup/database.js';
import { keyIn, Vault, type PrivateKey } from './vault.js';

let host: Awaited<ReturnType<typeof openDatabase>>;
let db: Database;
let folder: string;
let key: PrivateKey;
beforeAll(async () => {
  host = await openDatabase();
  // By the rights of the role that opens cards.
  db = new Database({ url: host.url, role: 'backroom_payments', connections: 10 });
  folder = await mkdtemp(path.join(os.tmpdir(), 'backroom-vault-'));
  key = await keyIn(path.join(folder, 'payments.jwk'));
});
afterAll(async () => {
  await db.close();
  await host.close();
  await rm(folder, { recursive: true });
});

async function sealedByClient(): Promise<string> {
  const card = { number: '4242424242424242', expiry: '12/39', cvc: '123' };
  const content = { card, jti: crypto.randomUUID(), exp: Math.floor(Date.now() / 1000) + 300 };
  const { d: _, ...open } = key;
  return new CompactEncrypt(new TextEncoder().encode(JSON.stringify(content)))
    .setProtectedHeader({ ...algorithm, kid: key.kid })
    .encrypt(await importJWK(open, algorithm.alg));
}
async function ordered(sealed: string): Promise<string> {
  const stream = `order:${crypto.randomUUID()}`;
  await host.db.run('t-vault', 'INSERT INTO vault (stream, sealed, by_client) VALUES ($1, $2, true)', [stream, sealed]);
  return stream;
}

it('opens what a client sealed for one order: as often as that order comes, also at once; for another it is used up', async () => {
  for (let n = 0; n < 20; n++) {
    const sealed = await sealedByClient();
    const [one, other] = [await ordered(sealed), await ordered(sealed)];
    // Each a process that takes the other for gone.
    const opened = await Promise.all(Array.from({ length: 4 }, () => new Vault(db, key).open(one)));
    expect(opened.filter((each) => 'wrong' in each)).toEqual([]);
    expect(await new Vault(db, key).open(other)).toEqual({ wrong: 'The sealed card has been used before.' });
  }
});
