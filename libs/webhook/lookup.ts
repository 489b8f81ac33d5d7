import { Resolver } from 'node:dns/promises';
import type { LookupFunction } from 'node:net';
import { isAllowedAddress, isLocalhost, type CallbackRules } from './callback-url.js';

/** All addresses of a name. Rejects where there is none, with a `code` as of `node:dns`. */
export type Resolve = (name: string) => Promise<readonly string[]>;

/** One of the addresses of a name is none that may be called. */
export class NotPublic extends Error {
  readonly code = 'NOT_PUBLIC';
}

/**
 * The `lookup` of a connection: what it resolves is what is connected to, so that no second answer can slip in between. One address that may not be
 * called refuses the name: with the others it would only be a matter of luck.
 */
export function guardedLookup(rules: CallbackRules, resolve: Resolve = byDns): LookupFunction {
  return (name, options, answer) => {
    const found = isLocalhost(name) ? Promise.resolve(['127.0.0.1', '::1']) : resolve(name);
    found
      .then((addresses) => {
        if (addresses.length === 0 || !addresses.every((address) => isAllowedAddress(address, rules))) throw new NotPublic();
        return addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
      })
      .then(
        (all) => (options.all ? answer(null, all) : answer(null, all[0]!.address, all[0]!.family)),
        (error: NodeJS.ErrnoException) => answer(error, ''),
      );
  };
}

/**
 * Asks DNS, and not `getaddrinfo`: that takes a thread of the four that files and ciphers share, so that a few names whose servers keep silent would
 * hold up the whole process. The hosts file is therefore not read.
 */
async function byDns(name: string): Promise<string[]> {
  const dns = new Resolver({ timeout: 2_000, tries: 2 });
  const answers = await Promise.allSettled([dns.resolve4(name), dns.resolve6(name)]);
  const found = answers.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
  if (found.length > 0) return found;
  throw (answers[0] as PromiseRejectedResult).reason;
}
