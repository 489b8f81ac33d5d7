import { dropLease, takeLease, type Database, type Lease } from '#libs/store';
import { setTimeout as sleep } from 'node:timers/promises';

export interface LeadParts {
  readonly db: Database;
  /** Names this process as the lease's holder. */
  readonly instance: string;
  log(level: 'info' | 'warn', message: string, details?: object): void;
  /** How long the lease lasts without a sign of life, in milliseconds. */
  readonly leaseMs?: number;
}

/** What a leader does. */
export interface Led {
  start(): void;
  stop(): Promise<void>;
}

/**
 * Has the work done here while this process holds the lease, until it is told to stop. A process that was frozen may go on for a moment after its
 * lease has passed, so what is done must not mind being done by two.
 */
export async function lead(
  { db, instance, log, leaseMs = 5_000 }: LeadParts,
  led: Led,
  signal: AbortSignal,
  beat: () => void,
): Promise<void> {
  let lease: Lease | undefined;
  let leading = false;
  /** By this process' own clock, counted from when it was asked for: without an answer the lease is ours for as long as it was given for. */
  let until = 0;
  try {
    while (!signal.aborted) {
      beat();
      const asked = performance.now();
      try {
        lease = await takeLease(db, 'scheduler', instance, leaseMs);
        until = lease ? asked + leaseMs : 0;
      } catch (error) {
        log('warn', 'could not ask for the lease', { error });
      }
      const leads = performance.now() < until;
      if (leads !== leading) {
        leading = leads;
        log('info', leads ? 'leads' : 'stands by', { lease });
        if (leads) led.start();
        else await led.stop();
      }
      await sleep(leaseMs / 3, undefined, { signal }).catch(() => {});
    }
  } finally {
    if (leading) await led.stop();
    if (lease) await dropLease(db, lease).catch(() => {});
  }
}
