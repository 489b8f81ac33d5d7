import { compactDecrypt, importJWK, type JWK } from 'jose';
import type { z } from 'zod';
import { sealedCard } from './card.js';
import type { Wrong } from './open.js';
import { algorithm } from './seal.js';

/**
 * Opens what a client has sealed, whatever else its header says, as far as the standard lets it (RFC 7516). What is inside was seen by nobody
 * before, so it is judged here.
 */
export async function openClients(jwe: string, mine: JWK): Promise<z.output<typeof sealedCard> | Wrong> {
  try {
    const key = await importJWK(mine, algorithm.alg);
    const allowed = { keyManagementAlgorithms: [algorithm.alg], contentEncryptionAlgorithms: [algorithm.enc] };
    const { plaintext } = await compactDecrypt(jwe, key, allowed);
    const found = sealedCard.safeParse(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(plaintext)));
    return found.success ? found.data : { wrong: 'The sealed card is not as it should be.' };
  } catch {
    // Never what the error says: it may quote what was inside.
    return { wrong: 'The sealed card cannot be opened.' };
  }
}
