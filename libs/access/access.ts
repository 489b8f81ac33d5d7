import { problem } from '#libs/host';
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { FastifyRequest } from 'fastify';

type Kind = 'order' | 'photo' | 'account';

/**
 * Who may see an order or a photo: whoever placed it, by a token that stands in the links of the answer, or the operator. And by which key an
 * account's holder orders. Nothing is stored.
 */
export class Access {
  constructor(
    private readonly accessKey: string,
    private readonly operatorToken: string,
  ) {}

  tokenOf(kind: Kind, id: string): string {
    return createHmac('sha256', this.accessKey).update(`${kind}:${id}`).digest('base64url');
  }

  /** @throws {Problem} `unauthorized` without a credential, whether or not there is such a thing; `not-found` with one that does not fit */
  check(request: FastifyRequest, kind: Kind, id: string): void {
    const given = credentialOf(request);
    if (given === undefined) throw problem('unauthorized');
    const fits = same(given, this.tokenOf(kind, id)) || same(given, this.operatorToken);
    if (!fits) throw problem('not-found');
  }

  /** @throws {Problem} `unauthorized`: without a credential, or with another one */
  checkOperator(request: FastifyRequest): void {
    const given = credentialOf(request);
    if (given === undefined || !same(given, this.operatorToken)) throw problem('unauthorized');
  }

  /** By which whoever has an account orders by API: its first, its second, … It says whose it is; what it opens is the account's state's to say. */
  accountKey(id: string, number: number): string {
    return `bk_${id}_${number}_${this.tokenOf('account', `${id}:${number}`)}`;
  }

  /** The account that a key is of, and which of its keys it is; `undefined` where it was never one. */
  accountIn(key: string): { readonly id: string; readonly number: number } | undefined {
    const [, id, number] = /^bk_([0-9a-f-]{36})_([1-9][0-9]{0,8})_/.exec(key) ?? [];
    return id && number && same(key, this.accountKey(id, Number(number))) ? { id, number: Number(number) } : undefined;
  }

  /** The fingerprint of a body. A plain hash of a body with a card in it is brute-forced in minutes. */
  fingerprint(bytes: Uint8Array): Buffer {
    return createHmac('sha256', this.accessKey).update('fingerprint:').update(bytes).digest();
  }

  /** By which an address is looked up without standing anywhere. */
  emailHmac(email: string): Buffer {
    return createHmac('sha256', this.accessKey).update('email:').update(email.trim().toLowerCase()).digest();
  }
}

/** The bearer token or the query's `token`. */
export function credentialOf({ headers, query }: FastifyRequest): string | undefined {
  const bearer = /^Bearer +([^ ]+) *$/i.exec(headers.authorization ?? '')?.[1];
  const token = (query as { token?: unknown } | undefined)?.token;
  return bearer ?? (typeof token === 'string' && token !== '' ? token : undefined);
}

/** Takes as long for a near miss as for a far one. */
function same(given: string, expected: string): boolean {
  const hash = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(given), hash(expected));
}
