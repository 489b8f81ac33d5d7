/** Seconds. Longer, and something between us and the client would lose patience. */
const longest = 30;

/**
 * How long the client would wait for its order, in seconds (RFC 7240, `Prefer: wait=N`). The first of several counts; what is malformed is as if
 * it had not been said.
 */
export function preferredWait(header: string | string[] | undefined): number | undefined {
  const preferences = [header ?? []].flat().join(',').split(',');
  const first = preferences.find((one) => /^\s*wait\s*(=|;|$)/i.test(one));
  const seconds = /^\s*wait\s*=\s*("?)(\d+)\1\s*(;.*)?$/i.exec(first ?? '')?.[2];
  return seconds === undefined ? undefined : Math.min(longest, Number(seconds));
}
