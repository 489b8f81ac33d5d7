import { createDecipheriv, createHash, createPublicKey, diffieHellman, type JsonWebKey, type KeyObject } from 'node:crypto';

/**
 * The content key of a JWE sealed by ECDH-ES+A256KW (RFC 7518, 4.6): agreement with the sender's passing key, Concat KDF, AES key unwrapping
 * (RFC 3394). jose does the same and keeps the key to itself; here it is wanted for the other cards of its minute.
 * @throws {Error} if it was sealed for somebody else, or the key is not on the curve
 */
export function unsealKey(sealedKey: Buffer, passing: JsonWebKey, mine: KeyObject): Buffer {
  const secret = diffieHellman({ privateKey: mine, publicKey: createPublicKey({ key: passing, format: 'jwk' }) });
  const about = [Buffer.from('ECDH-ES+A256KW'), Buffer.alloc(0), Buffer.alloc(0)].flatMap((part) => [number(part.length), part]);
  const wrapping = createHash('sha256')
    .update(Buffer.concat([number(1), secret, ...about, number(256)]))
    .digest();
  const unwrap = createDecipheriv('id-aes256-wrap', wrapping, Buffer.alloc(8, 0xa6));
  return Buffer.concat([unwrap.update(sealedKey), unwrap.final()]);
}

function number(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
