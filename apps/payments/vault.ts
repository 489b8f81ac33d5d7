import { makeOpener, openClients, type Card } from '#libs/card';
import { makeFile } from '#libs/host';
import type { Database, Tx } from '#libs/store';
import { batcher } from '#libs/work';
import { decodeProtectedHeader, exportJWK, generateKeyPair, type JWK } from 'jose';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';

export type PrivateKey = JWK & { kid: string };

interface Sealed {
  readonly stream: string;
  readonly sealed: string;
  readonly by_client: boolean;
  readonly at: Date;
}

/** Sealed cards and the only keys that open them. */
export class Vault {
  private readonly openOurs = makeOpener((kid) => this.keyOf(kid));
  /** One statement for all that are opened at once. */
  private readonly read = batcher((streams: readonly string[]) => this.readAll(streams), { most: 200, atOnce: 2 });

  constructor(
    private readonly db: Database,
    /** The one that cards are to be sealed to. */
    private readonly key: PrivateKey,
    /** Those that cards were sealed to before, or are by now. */
    private readonly others: (kid: string) => PrivateKey | undefined = () => undefined,
  ) {}

  /** Lets everybody know to which key cards are sealed: the one published last, also where it is an old one that came back. */
  async publishKey(): Promise<void> {
    const { kty, crv, x, y, kid } = this.key;
    await this.db.run('vault-key', 'INSERT INTO payment_keys (kid, jwk) VALUES ($1, $2) ON CONFLICT (kid) DO UPDATE SET at = now()', [
      kid,
      JSON.stringify({ kty, crv, x, y, kid }),
    ]);
  }

  /** The card of an order. What a client sealed is good once, and until it expires. */
  async open(stream: string): Promise<{ card: Card } | { wrong: string }> {
    const row = (await this.read(stream)).get(stream);
    if (!row) return { wrong: 'The card is gone.' };
    return row.by_client ? this.openClientSealed(row) : this.openOurs(row.sealed);
  }

  private async openClientSealed({ stream, sealed, at }: Sealed): Promise<{ card: Card } | { wrong: string }> {
    const key = this.keyOf(String(decodeProtectedHeader(sealed).kid));
    if (!key) return { wrong: 'The sealed card cannot be opened.' };
    const opened = await openClients(sealed, key);
    if ('wrong' in opened) return opened;
    const placed = at.getTime() / 1000;
    if (opened.exp < placed || opened.exp > placed + 600) return { wrong: 'The sealed card has expired.' };
    // Whoever uses the id first keeps it: the same order may come again after a crash, also before the one that died in between is known to be gone;
    // another may not. Two statements, as one would not see what another has written while it ran.
    await this.db.run(
      'vault-use',
      'INSERT INTO used_seals (jti, stream, expires) VALUES ($1, $2, to_timestamp($3)) ON CONFLICT DO NOTHING',
      [opened.jti, stream, opened.exp],
    );
    const [use] = await this.db.run<{ stream: string }>('vault-user', 'SELECT stream FROM used_seals WHERE jti = $1', [opened.jti]);
    return use?.stream === stream ? opened : { wrong: 'The sealed card has been used before.' };
  }

  private keyOf(kid: string): PrivateKey | undefined {
    return kid === this.key.kid ? this.key : this.others(kid);
  }

  private async readAll(streams: readonly string[]): Promise<ReadonlyMap<string, Sealed>> {
    const rows = await this.db.run<Sealed & Record<string, unknown>>(
      'vault-read',
      'SELECT stream, sealed, by_client, at FROM vault WHERE stream = ANY ($1)',
      [streams],
    );
    return new Map(rows.map((row) => [row.stream, row]));
  }

  /** Deletes the cards with the transaction that settles their authorisation. */
  readonly forget = forgetCards;
}

/** Deletes them, number and CVC: what they were kept for has come to its end. */
export async function forgetCards(tx: Tx, streams: readonly string[]): Promise<void> {
  if (streams.length === 0) return;
  await tx.run('vault-forget', 'DELETE FROM vault WHERE stream = ANY ($1)', [streams.toSorted()]);
}

/** The private key in this file, readable by its owner only; made if there is none. Of several instances that start at once, one makes it for all. */
export async function keyIn(file: string): Promise<PrivateKey> {
  const kept = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (kept) return JSON.parse(kept) as PrivateKey;
  const { privateKey } = await generateKeyPair('ECDH-ES+A256KW', { extractable: true });
  const jwk = await exportJWK(privateKey);
  const key = { ...jwk, kid: createHash('sha256').update(`${jwk.x}.${jwk.y}`).digest('base64url').slice(0, 16) };
  // It gives way to a key that is there already: cards may be sealed to that one.
  await makeFile(file, JSON.stringify(key));
  return JSON.parse(await readFile(file, 'utf8')) as PrivateKey;
}

/**
 * The private keys of a folder, whatever their files are called: those that were laid aside, and one that another instance has made since. Read
 * when a key is asked for that is not known yet, so that no instance has to be told.
 */
export function keysBeside(folder: string): (kid: string) => PrivateKey | undefined {
  const known = new Map<string, PrivateKey>();
  const read = (): void => {
    for (const name of readdirSync(folder).filter((one) => one.endsWith('.jwk'))) {
      const key = JSON.parse(readFileSync(path.join(folder, name), 'utf8')) as PrivateKey;
      known.set(key.kid, key);
    }
  };
  return (kid) => {
    if (!known.has(kid)) read();
    return known.get(kid);
  };
}
