import { compactDecrypt, importJWK, type JWK } from 'jose';
import { z } from 'zod';
import { algorithm } from './seal.js';
import { card, sealedCard, type Card } from './card.js';

export type Opened = { readonly card: Card; readonly jti?: string; readonly exp?: number } | { readonly wrong: string };

/** Opens what `makeSealer` or a client has sealed. What is inside of a client's was seen by nobody before, so it is judged here. */
export async function openCard(jwe: string, keyOf: (kid: string) => JWK | undefined): Promise<Opened> {
  try {
    const { plaintext } = await compactDecrypt(jwe, async ({ kid }) => {
      const key = kid === undefined ? undefined : keyOf(kid);
      if (!key) throw new Error('unknown key');
      return importJWK(key, algorithm.alg);
    });
    const inside = z.union([sealedCard, z.strictObject({ card })]).safeParse(JSON.parse(new TextDecoder().decode(plaintext)));
    return inside.success ? inside.data : { wrong: 'The sealed card is not as it should be.' };
  } catch {
    // Never what the error says: it may quote what was inside.
    return { wrong: 'The sealed card cannot be opened.' };
  }
}
