import { openCard, type Card } from '#libs/card';
import type { Database, Tx } from '#libs/store';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import { createHash } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';

export type PrivateKey = JWK & { kid: string };

/** Sealed cards and the only key that opens them. */
export class Vault {
  constructor(
    private readonly db: Database,
    private readonly key: PrivateKey,
  ) {}

  /** Lets everybody know to which key cards are sealed. */
  async publishKey(): Promise<void> {
    const { kty, crv, x, y, kid } = this.key;
    await this.db.run('vault-key', 'INSERT INTO payment_keys (kid, jwk) VALUES ($1, $2) ON CONFLICT DO NOTHING', [
      kid,
      JSON.stringify({ kty, crv, x, y, kid }),
    ]);
  }

  /** The card of an order. What a client sealed is good once, and until it expires. */
  async open(stream: string): Promise<{ card: Card } | { wrong: string }> {
    const [row] = await this.db.run<{ sealed: string; by_client: boolean; at: Date }>(
      'vault-read',
      'SELECT sealed, by_client, at FROM vault WHERE stream = $1',
      [stream],
    );
    if (!row) return { wrong: 'The card is gone.' };
    const opened = await openCard(row.sealed, (kid) => (kid === this.key.kid ? this.key : undefined));
    if ('wrong' in opened || !row.by_client) return opened;
    if (!opened.jti) return { wrong: 'The sealed card has no id, so it could be used twice.' };
    const placed = row.at.getTime() / 1000;
    if (opened.exp! < placed || opened.exp! > placed + 600) return { wrong: 'The sealed card has expired.' };
    // Whoever uses the id first keeps it: the same order may come again after a crash, another may not.
    const [use] = await this.db.run<{ stream: string }>(
      'vault-use',
      `WITH mine AS (INSERT INTO used_seals (jti, stream, expires) VALUES ($1, $2, to_timestamp($3)) ON CONFLICT DO NOTHING RETURNING stream)
       SELECT stream FROM mine UNION ALL SELECT stream FROM used_seals WHERE jti = $1 LIMIT 1`,
      [opened.jti, stream, opened.exp],
    );
    return use?.stream === stream ? opened : { wrong: 'The sealed card has been used before.' };
  }

  /** Deletes the cards, number and CVC, with the transaction that settles their authorisation. */
  async forget(tx: Tx, streams: readonly string[]): Promise<void> {
    await tx.run('vault-forget', 'DELETE FROM vault WHERE stream = ANY ($1)', [streams.toSorted()]);
  }
}

/** The private key in this file, readable by its owner only; made if there is none. */
export async function keyIn(file: string): Promise<PrivateKey> {
  const kept = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (kept) return JSON.parse(kept) as PrivateKey;
  const { privateKey } = await generateKeyPair('ECDH-ES+A256KW', { extractable: true });
  const jwk = await exportJWK(privateKey);
  const key = { ...jwk, kid: createHash('sha256').update(`${jwk.x}.${jwk.y}`).digest('base64url').slice(0, 16) };
  await writeFile(`${file}.new`, JSON.stringify(key), { mode: 0o600, flush: true });
  await rename(`${file}.new`, file);
  return key;
}
