import { CompactEncrypt, compactDecrypt, exportJWK, generateKeyPair, importJWK, type JWK } from 'jose';
import { describe, expect, it } from 'vitest';
import { algorithm, card, makeSealer, openCard } from './index.js';

const good = { number: '4242424242424242', expiry: '12/39', cvc: '123' };
const pair = async () => {
  const keys = await generateKeyPair(algorithm.alg, { extractable: true });
  const mine: JWK = await exportJWK(keys.privateKey);
  return { mine, theirs: { ...(await exportJWK(keys.publicKey)), kid: 'k1' } };
};

describe('a card', () => {
  it.each([
    [{ ...good }, true],
    [{ ...good, number: '4242424242424241' }, false],
    [{ ...good, number: '424242424242' }, true],
    [{ ...good, number: '4242 4242 4242 4242' }, false],
    [{ ...good, expiry: '13/39' }, false],
    [{ ...good, expiry: '01/20' }, false],
    [{ ...good, cvc: '12' }, false],
    [{ ...good, more: 1 }, false],
  ])('%j is judged', (given, expected) => {
    expect(card.safeParse(given).success).toBe(expected);
  });
});

describe('a sealed card', () => {
  it('is a JWE that anybody with the key can open, and each has a nonce of its own', async () => {
    const { mine, theirs } = await pair();
    const seal = makeSealer();
    const [one, two] = [await seal(good, theirs), await seal(good, theirs)];
    expect(one).not.toBe(two);
    expect(one.split('.')[2]).not.toBe(two.split('.')[2]);
    const { plaintext } = await compactDecrypt(one, await importJWK(mine, algorithm.alg));
    expect(JSON.parse(new TextDecoder().decode(plaintext))).toEqual({ card: good });
    expect(await openCard(two, () => mine)).toEqual({ card: good });
  });

  it('is not opened by another key, nor when it was touched', async () => {
    const { theirs, mine } = await pair();
    const sealed = await makeSealer()(good, theirs);
    expect(await openCard(sealed, () => undefined)).toHaveProperty('wrong');
    const parts = sealed.split('.');
    parts[3] = (parts[3]![0] === 'A' ? 'B' : 'A') + parts[3]!.slice(1);
    expect(await openCard(parts.join('.'), () => mine)).toHaveProperty('wrong');
  });

  it('sealed by a client is judged inside', async () => {
    const { mine, theirs } = await pair();
    const seal = async (inside: object) =>
      new CompactEncrypt(new TextEncoder().encode(JSON.stringify(inside)))
        .setProtectedHeader({ ...algorithm, kid: 'k1' })
        .encrypt(await importJWK(theirs, algorithm.alg));
    const jti = '0190a5d8-0000-7000-8000-000000000001';
    expect(await openCard(await seal({ card: good, jti, exp: 1 }), () => mine)).toEqual({ card: good, jti, exp: 1 });
    expect(await openCard(await seal({ card: { ...good, number: '1' }, jti, exp: 1 }), () => mine)).toHaveProperty('wrong');
  });
});
