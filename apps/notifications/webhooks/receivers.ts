import { pauseMs } from '#libs/backoff';

interface Receiver {
  inFlight: number;
  /** In a row. */
  failures: number;
  /** The breaker is open until then. */
  restsUntil: number;
  /** When the last of those that were put off will come again. */
  lineEnds: number;
  /** How long a call has taken lately. */
  tookMs: number;
  askedAt: number;
}

const atOnce = 4;
const tripsAfter = 10;
const rest = { firstMs: 1_000, maxMs: 60_000 };
/** Who is put off comes again after a while between these. */
const soonestMs = 250;
const latestMs = 60_000;
/** Longer than any rest and any line, so that who is called still finds its breaker as it was. */
const rememberedMs = 10 * 60_000;

/**
 * What each receiver is spared, and the others from it: four calls at once to a host and port, and after ten failures in a row a rest, longer with
 * each further one, that a single call ends. Who finds no room is told when to come again, in line with the pace of the receiver, and waits nowhere
 * meanwhile: neither in a place for calls, nor as an attempt. Of one process: several spare it as many times less.
 */
export class Receivers {
  private readonly known = new Map<string, Receiver>();

  /** @returns 0 if the call may be made, to be told of by `left`; else after how many milliseconds to ask again. `now`: of `performance.now()` */
  enter(host: string, now: number): number {
    const one = this.known.get(host) ?? { inFlight: 0, failures: 0, restsUntil: 0, lineEnds: 0, tookMs: 100, askedAt: now };
    one.askedAt = now;
    this.forgetIdle(now);
    // To the end: the first has been quiet for longest.
    this.known.delete(host);
    this.known.set(host, one);
    if (now < one.restsUntil) return putOff(one, now, one.restsUntil);
    if (one.inFlight >= (one.failures >= tripsAfter ? 1 : atOnce)) return putOff(one, now, now);
    one.inFlight += 1;
    return 0;
  }

  left(host: string, well: boolean, tookMs: number, now: number): void {
    const one = this.known.get(host)!;
    one.inFlight -= 1;
    one.tookMs += (tookMs - one.tookMs) / 4;
    one.failures = well ? 0 : one.failures + 1;
    one.restsUntil = one.failures < tripsAfter ? 0 : now + pauseMs(rest, one.failures - tripsAfter + 1);
  }

  /** Hosts come and go, and anybody may name them. */
  private forgetIdle(now: number): void {
    for (const [host, { inFlight, askedAt }] of this.known) {
      if (inFlight > 0 || askedAt + rememberedMs > now) return;
      this.known.delete(host);
    }
  }

  get size(): number {
    return this.known.size;
  }
}

function putOff(one: Receiver, now: number, notBefore: number): number {
  one.lineEnds = Math.min(Math.max(one.lineEnds, notBefore + soonestMs) + one.tookMs / atOnce, now + latestMs);
  return one.lineEnds - now;
}
