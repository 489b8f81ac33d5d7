/** An order's event, as it is told to whoever looks at the dashboard. */
export interface Change {
  readonly id: string;
  readonly version: number;
  readonly type: string;
  readonly at: string;
}

/** Of one minute, how many orders were placed and how many ended, and how. */
export interface Minute {
  /** RFC 3339, when it began. */
  readonly at: string;
  readonly placed: number;
  readonly completed: number;
  readonly failed: number;
}

const minuteMs = 60_000;
const minutesKept = 30;
const changesKept = 12;
const counted: Readonly<Record<string, keyof Omit<Minute, 'at'>>> = {
  OrderPlaced: 'placed',
  OrderCompleted: 'completed',
  OrderFailed: 'failed',
  OrderCancelled: 'failed',
};

/**
 * What this process has heard of the whole shop since it started: counted as it comes by, so that it costs no statement. At least once, so a
 * count may be a little high after a broker's hiccup; the truth is one link away.
 */
export class Tally {
  private readonly minutes = new Map<number, Record<keyof Omit<Minute, 'at'>, number>>();
  private types = new Map<string, number>();
  private changes: Change[] = [];
  private heardSince = false;

  /** @param about what kind of stream it is of: `order`, `photo` */
  hear(about: string, { id, version, type, at }: Change, nowMs: number): void {
    this.heardSince = true;
    this.types.set(type, (this.types.get(type) ?? 0) + 1);
    if (about === 'order') {
      this.changes.push({ id, version, type, at });
      if (this.changes.length > 2 * changesKept) this.changes.splice(0, this.changes.length - changesKept);
    }
    const kind = counted[type];
    if (kind) this.minute(Math.floor(nowMs / minuteMs))[kind] += 1;
  }

  /** The last minutes, oldest first, the one that runs included. */
  lately(nowMs: number): Minute[] {
    const now = Math.floor(nowMs / minuteMs);
    return Array.from({ length: minutesKept }, (_, n) => {
      const minute = now - minutesKept + 1 + n;
      return { at: new Date(minute * minuteMs).toISOString(), ...(this.minutes.get(minute) ?? nothing()) };
    });
  }

  /** The newest changes, newest first. */
  newest(): Change[] {
    return this.changes.slice(-changesKept).toReversed();
  }

  /** How often each type was heard since this was asked the last time; undefined if nothing was. */
  take(): Record<string, number> | undefined {
    if (!this.heardSince) return undefined;
    const taken = Object.fromEntries(this.types);
    this.types = new Map();
    this.heardSince = false;
    return taken;
  }

  private minute(of: number): Record<keyof Omit<Minute, 'at'>, number> {
    const there = this.minutes.get(of);
    if (there) return there;
    for (const old of this.minutes.keys()) if (old <= of - minutesKept) this.minutes.delete(old);
    const made = nothing();
    this.minutes.set(of, made);
    return made;
  }
}

const nothing = () => ({ placed: 0, completed: 0, failed: 0 });
