/** Longer than npm takes under load, shorter than a person who loses patience. */
const echoMs = 1_000;

/**
 * Whether a signal is but the echo of the one before: Ctrl-C goes to a terminal's whole foreground group, and npm, being in it, hands its own on to
 * the process it has started, which so hears it twice within milliseconds.
 */
export function makeIsEcho(now = () => performance.now()): (signal: unknown) => boolean {
  let last: { signal: unknown; at: number } | undefined;
  return (signal) => {
    const at = now();
    if (last && last.signal === signal && at - last.at < echoMs) return true;
    last = { signal, at };
    return false;
  };
}
