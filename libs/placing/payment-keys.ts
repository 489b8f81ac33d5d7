import { algorithm } from '#libs/card';
import { invalidAt, problem } from '#libs/host';
import type { Database } from '#libs/store';
import { decodeProtectedHeader, type JWK } from 'jose';

type PublicKey = JWK & { kid: string };

/** The keys that the payments role has published. It alone can open what is sealed to them. */
export class PaymentKeys {
  private read?: { until: number; keys: Promise<PublicKey[]> };

  constructor(private readonly db: Database) {}

  /** @throws {Problem} `unavailable` before the payments role has run for the first time */
  async newest(): Promise<PublicKey> {
    const [key] = await this.all();
    if (!key) throw problem('unavailable');
    return key;
  }

  /** What a client has sealed itself, as far as it can be judged from outside. @throws {Problem} `invalid` if it is no JWE to one of our keys */
  async judge(sealed: string): Promise<string> {
    const no = (detail: string) => invalidAt(['payment', 'sealed'], detail);
    const parts = sealed.split('.');
    if (parts.length !== 5 || parts.some((part) => !/^[A-Za-z0-9_-]+$/.test(part))) throw no('This is no compact JWE.');
    let header: { kid?: unknown; alg?: unknown; enc?: unknown };
    try {
      header = decodeProtectedHeader(sealed);
    } catch {
      throw no('This is no compact JWE.');
    }
    if (header.alg !== algorithm.alg || header.enc !== algorithm.enc)
      throw no(`Its alg must be ${algorithm.alg}, its enc ${algorithm.enc}.`);
    if (!(await this.all()).some(({ kid }) => kid === header.kid)) throw no('It is sealed to a key that is not known here.');
    return sealed;
  }

  private all(): Promise<PublicKey[]> {
    if (!this.read || this.read.until < Date.now()) {
      const keys = this.db
        .run<{ jwk: PublicKey }>('payment-keys', 'SELECT jwk FROM payment_keys ORDER BY at DESC', [])
        .then((rows) => rows.map(({ jwk }) => ({ ...jwk, use: 'enc', alg: algorithm.alg })));
      this.read = { until: Date.now() + 60_000, keys };
      // None yet, or no answer: asked again the next time.
      keys.then((found) => found.length === 0 && (this.read = undefined)).catch(() => (this.read = undefined));
    }
    return this.read.keys;
  }
}
