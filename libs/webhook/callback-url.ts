import { isIP } from 'node:net';
import { isLoopback, isPublic } from './address.js';

export interface CallbackRules {
  /** For development and tests: 127.0.0.0/8, ::1 and `localhost` are allowed, and `http:` there. */
  readonly loopback: boolean;
}

/**
 * What is wrong with an address that we are asked to call, in a sentence; `undefined` if nothing is. Judged is what can be without asking anybody:
 * what a name leads to is judged each time it is resolved (`lookup.ts`). WHATWG's parser has normalised the host before it is looked at here: octal,
 * hexadecimal and short IPv4 addresses, full-width digits, upper case.
 */
export function faultOfCallback(text: string, { loopback }: CallbackRules): string | undefined {
  if (!URL.canParse(text) || !plain.test(text)) return 'This must be an absolute https URL.';
  const { protocol, hostname } = new URL(text);
  const host = bare(hostname);
  const home = isLocalhost(host) || isLoopback(host);
  if (protocol !== 'https:' && !(protocol === 'http:' && loopback && home)) return 'This must be an https URL.';
  if (text.split(/[/?#]/, 3)[2]!.includes('@')) return 'This must not hold a user or a password.';
  return isAllowedHost(host, { loopback }) ? undefined : 'This address leads to no public host.';
}

/** A name may be called as far as can be told before it is resolved. */
export function isAllowedHost(host: string, rules: CallbackRules): boolean {
  if (isLocalhost(host)) return rules.loopback;
  return isIP(host) === 0 ? !inHouse.test(host) : isAllowedAddress(host, rules);
}

/**
 * As RFC 3986 writes it. WHATWG's parser makes do with less: it takes `\` for `/`, and any number of slashes for two, where other parsers read
 * another host.
 */
const plain = /^https?:\/\/[^/?#\\\s][^\\\s]*$/i;

/** Names that no public DNS knows: `ip6-localhost` and others without a dot, and what is set aside for a machine, a link or a house. */
const inHouse = /^[^.]+\.?$|\.(localdomain|localdomain6|local|internal|home\.arpa)\.?$/i;

export const isAllowedAddress = (address: string, { loopback }: CallbackRules): boolean =>
  isPublic(address) || (loopback && isLoopback(address));

/** RFC 6761, 6.3: whatever stands before it. */
export const isLocalhost = (host: string): boolean => /(^|\.)localhost\.?$/i.test(host);

/** The host of a parsed URL, an IPv6 address without its brackets. */
export const bare = (hostname: string): string => hostname.replace(/^\[(.*)\]$/, '$1');
