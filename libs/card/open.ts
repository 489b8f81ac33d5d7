import { createDecipheriv, createPrivateKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import type { JWK } from 'jose';
import { z } from 'zod';
import { card, type Card } from './card.js';
import { algorithm } from './seal.js';
import { unsealKey } from './unseal-key.js';

export type Opened = { readonly card: Card } | Wrong;
/** A sentence that says nothing of what is inside. */
export interface Wrong {
  readonly wrong: string;
}

/** What `makeSealer` writes, to the letter. */
const header = z.strictObject({
  alg: z.literal(algorithm.alg),
  enc: z.literal(algorithm.enc),
  kid: z.string(),
  epk: z.strictObject({ kty: z.literal('EC'), crv: z.literal('P-256'), x: z.string(), y: z.string() }),
});
const inside = z.strictObject({ card });

/** More than a minute's data keys of several front doors. */
const most = 64;

/**
 * Opens what `makeSealer` has sealed. Unsealing a key was the dearest thing on an order's road (439 µs of CPU); a front door's is the same for all
 * cards of a minute, so it is kept.
 * @param keyOf the private key of that id, if it is one of ours
 */
export function makeOpener(keyOf: (kid: string) => JWK | undefined): (jwe: string) => Opened {
  const mine = new Map<string, KeyObject>();
  const known = new Map<string, Buffer>();

  const dataKey = (head: string, sealedKey: string): Buffer => {
    const kept = known.get(`${head}.${sealedKey}`);
    if (kept) return kept;
    const { kid, epk } = header.parse(JSON.parse(Buffer.from(head, 'base64url').toString()));
    const jwk = keyOf(kid);
    if (!jwk) throw new Error('unknown key');
    const own = mine.get(kid) ?? createPrivateKey({ key: jwk as JsonWebKey, format: 'jwk' });
    mine.set(kid, own);
    return unsealKey(Buffer.from(sealedKey, 'base64url'), epk, own);
  };

  return (jwe) => {
    try {
      const [head, sealedKey, nonce, text, tag, ...more] = jwe.split('.');
      if (tag === undefined || more.length > 0) throw new Error('no compact JWE');
      const key = dataKey(head!, sealedKey!);
      const options = { authTagLength: 16 };
      const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(nonce!, 'base64url'), options)
        .setAAD(Buffer.from(head!, 'ascii'))
        .setAuthTag(Buffer.from(tag, 'base64url'));
      const plain = Buffer.concat([decipher.update(Buffer.from(text!, 'base64url')), decipher.final()]);
      // Newest last. Only a key that has opened something is kept, and the one in use is never the oldest.
      const name = `${head}.${sealedKey}`;
      known.delete(name);
      known.set(name, key);
      if (known.size > most) known.delete(known.keys().next().value!);
      const found = inside.safeParse(JSON.parse(plain.toString()));
      return found.success ? found.data : { wrong: 'The sealed card is not as it should be.' };
    } catch {
      // Never what the error says: it may quote what was inside.
      return { wrong: 'The sealed card cannot be opened.' };
    }
  };
}
