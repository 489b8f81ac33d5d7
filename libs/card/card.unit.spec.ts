import { CompactEncrypt, compactDecrypt, exportJWK, generateKeyPair, importJWK, type JWK } from 'jose';
import { describe, expect, it } from 'vitest';
import { algorithm, card, makeOpener, makeSealer, openClients } from './index.js';

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
    const [one, two] = (await Promise.all([seal(good, theirs), seal(good, theirs)])) as [string, string];
    expect(one).not.toBe(two);
    // Together, as at the turn of a minute under load: one data key.
    expect(one.split('.').slice(0, 2)).toEqual(two.split('.').slice(0, 2));
    expect(one.split('.')[2]).not.toBe(two.split('.')[2]);
    const { plaintext } = await compactDecrypt(one, await importJWK(mine, algorithm.alg));
    expect(JSON.parse(new TextDecoder().decode(plaintext))).toEqual({ card: good });
    expect(makeOpener(() => mine)(two)).toEqual({ card: good });
  });

  it('is not opened by another key, nor when it was touched', async () => {
    const [{ theirs, mine }, { mine: stranger }] = [await pair(), await pair()];
    const sealed = await makeSealer()(good, theirs);
    expect(makeOpener(() => undefined)(sealed)).toHaveProperty('wrong');
    const parts = sealed.split('.');
    parts[3] = (parts[3]![0] === 'A' ? 'B' : 'A') + parts[3]!.slice(1);
    expect(makeOpener(() => mine)(parts.join('.'))).toHaveProperty('wrong');
    const open = makeOpener(() => mine);
    expect(open(sealed)).toEqual({ card: good });
    expect(open(parts.join('.'))).toHaveProperty('wrong');
    expect(open(sealed.replace(/\.[^.]+$/, '.AAAA'))).toHaveProperty('wrong');
    expect(makeOpener(() => ({ ...mine, ...stranger }))(sealed)).toHaveProperty('wrong');
  });

  it('of the same minute costs no second unsealing, however many others come between', async () => {
    const { mine, theirs } = await pair();
    let asked = 0;
    const open = makeOpener(() => ((asked += 1), mine));
    const seal = makeSealer();
    expect(open(await seal(good, theirs))).toEqual({ card: good });
    for (let n = 0; n < 100; n++) {
      expect(open(await makeSealer()(good, theirs))).toEqual({ card: good });
      expect(open(await seal(good, theirs))).toEqual({ card: good });
    }
    // The private key itself is asked for once a data key.
    expect(asked).toBe(101);
  });

  it('by a header that says more than it should is not opened', async () => {
    const { mine, theirs } = await pair();
    const sealed = await new CompactEncrypt(new TextEncoder().encode(JSON.stringify({ card: good })))
      .setProtectedHeader({ ...algorithm, kid: 'k1', zip: 'DEF' })
      .encrypt(await importJWK(theirs, algorithm.alg))
      .catch(() => undefined);
    const [head, ...rest] = (await makeSealer()(good, theirs)).split('.');
    const said = { ...(JSON.parse(Buffer.from(head!, 'base64url').toString()) as object), crit: ['b64'] };
    const other = [Buffer.from(JSON.stringify(said)).toString('base64url'), ...rest].join('.');
    for (const each of [other, ...(sealed ? [sealed] : [])]) expect(makeOpener(() => mine)(each)).toHaveProperty('wrong');
  });

  describe('by a client', () => {
    const jti = '0190a5d8-0000-7000-8000-000000000001';
    const inside = { card: good, jti, exp: 1 };
    const sealedBy = async (theirs: JWK, what: object, header: object = {}, parameters: { apu?: Uint8Array; apv?: Uint8Array } = {}) =>
      new CompactEncrypt(new TextEncoder().encode(JSON.stringify(what)))
        .setProtectedHeader({ ...algorithm, kid: 'k1', ...header })
        .setKeyManagementParameters(parameters)
        .encrypt(await importJWK(theirs, algorithm.alg));

    it('is judged inside', async () => {
      const { mine, theirs } = await pair();
      expect(await openClients(await sealedBy(theirs, inside), mine)).toEqual(inside);
      for (const what of [
        { ...inside, card: { ...good, number: '1' } },
        { card: good },
        { card: good, jti },
        { ...inside, jti: 'x' },
        [],
      ]) {
        expect(await openClients(await sealedBy(theirs, what), mine)).toHaveProperty('wrong');
      }
    });

    it('may say in its header what the standard lets it', async () => {
      const { mine, theirs } = await pair();
      const said = { typ: 'JWE', cty: 'json', 'x-app': 'till' };
      expect(await openClients(await sealedBy(theirs, inside, said), mine)).toEqual(inside);
      const parties = { apu: Buffer.from('Alice'), apv: Buffer.from('Bob') };
      expect(await openClients(await sealedBy(theirs, inside, {}, parties), mine)).toEqual(inside);
    });

    it('is not opened by another key, nor when it was touched', async () => {
      const [{ theirs, mine }, { mine: stranger }] = [await pair(), await pair()];
      const sealed = await sealedBy(theirs, inside);
      expect(await openClients(sealed, stranger)).toHaveProperty('wrong');
      expect(await openClients(sealed.replace(/\.[^.]+$/, '.AAAA'), mine)).toHaveProperty('wrong');
    });
  });
});
