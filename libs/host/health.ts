/** What a check says of a dependency that is well; terminus adds `status` and `responseTime`. */
export type HealthDetails = Readonly<Record<string, unknown>> & {
  readonly status?: never;
  readonly responseTime?: never;
  readonly cachedResponse?: never;
};

export interface HealthCheck {
  readonly name: string;
  /** Whether this process cannot do its work while it fails. */
  readonly readiness: boolean;
  /** Resolves with details where all is well, throws with a sentence where not. Aborted after 500 ms, which counts as a failure. */
  check(signal: AbortSignal): Promise<HealthDetails | void> | HealthDetails | void;
}

/** A loop of this process that has to come round. */
export interface Loop {
  /** It has come round. Also takes up the watch again after `rest`. */
  beat(): void;
  /** It waits on purpose, for a dependency or for work, and is not watched until its next beat. */
  rest(): void;
  /** It has ended. */
  end(): void;
}

export interface LoopState {
  readonly name: string;
  readonly alive: boolean;
  /** Milliseconds since its last beat. */
  readonly sinceBeatMs: number;
  readonly allowedMs: number;
}

interface Watched {
  name: string;
  allowedMs: number;
  beatAt: number;
  resting: boolean;
}

const turnMs = 500;
const turnAllowedMs = 10_000;

/**
 * What this process knows of its own state. Dependencies and lag are checked for `ready` and `/health`; `live` goes by the process' own
 * loops alone, since a restart cures no database.
 */
export class Health {
  readonly #checks = new Map<string, HealthCheck>();
  readonly #loops = new Set<Watched>();
  readonly #whenReady: (() => void)[] = [];
  #turning: NodeJS.Timeout | undefined;
  /** Why it takes no work; undefined when it does. */
  #unready: string | undefined = 'starting';

  /** @throws {Error} where the name is taken: two entries under one would hide each other. */
  add(check: HealthCheck): void {
    if (this.#checks.has(check.name)) throw new Error(`There are two health checks called “${check.name}”.`);
    this.#checks.set(check.name, check);
  }

  remove(name: string): void {
    this.#checks.delete(name);
  }

  checks(): readonly HealthCheck[] {
    return [...this.#checks.values()];
  }

  /** Watches a loop: it has to beat at least each `allowedMs`. It starts resting. */
  loop(name: string, { allowedMs }: { allowedMs: number }): Loop {
    const watched: Watched = { name, allowedMs, beatAt: performance.now(), resting: true };
    this.#loops.add(watched);
    return {
      beat: () => {
        watched.beatAt = performance.now();
        watched.resting = false;
      },
      rest: () => {
        watched.resting = true;
      },
      end: () => this.#loops.delete(watched),
    };
  }

  loops(): LoopState[] {
    const now = performance.now();
    return [...this.#loops].map(({ name, allowedMs, beatAt, resting }) => {
      const sinceBeatMs = Math.round(now - beatAt);
      return { name, allowedMs, sinceBeatMs, alive: resting || sinceBeatMs <= allowedMs };
    });
  }

  /** Calls it once the process is up and listens. */
  whenReady(call: () => void): void {
    this.#whenReady.push(call);
  }

  /** The process listens, but is not up yet, and this is why. */
  waits(why: string): void {
    this.#unready = `starting: ${why}`;
  }

  /**
   * The process is up and listens. Watches the event loop too: a turn that comes later than ten seconds is none.
   * @param frozen why it takes no work for as long as it lives
   */
  ready(frozen?: string): void {
    this.#unready = frozen === undefined ? undefined : `frozen: ${frozen}`;
    for (const call of this.#whenReady.splice(0)) call();
    const loop = this.loop('event-loop', { allowedMs: turnAllowedMs });
    let due = performance.now() + turnMs;
    loop.beat();
    this.#turning = setInterval(() => {
      const late = performance.now() - due;
      due = performance.now() + turnMs;
      if (late < turnAllowedMs) loop.beat();
    }, turnMs).unref();
  }

  /** No longer ready, for good. */
  stopping(): void {
    this.#unready = 'stopping';
    clearInterval(this.#turning);
    for (const each of this.#loops) each.resting = true;
  }

  unready(): string | undefined {
    return this.#unready;
  }
}
