import { lanes, topicOf, type Bus, type Lag } from '#libs/bus';
import type { HealthDetails } from '#libs/host';

const freshMs = 2_000;

/** How far the consumer groups of this process are behind. The broker is asked each two seconds at most, however often we are. */
export class Lags {
  private readonly groups: { readonly group: string; readonly topics: readonly string[] }[] = [];
  private answer?: { readonly at: number; readonly lags: Promise<HealthDetails> };

  constructor(private readonly bus: Bus) {}

  /** @param about what its topics are called: `orders` */
  watch(group: string, about: string): void {
    this.groups.push({ group, topics: lanes.map((lane) => topicOf(about, lane)) });
  }

  /** Of each group the news it has not handled yet, in all lanes, and the seconds since the oldest of them was published. */
  check(): Promise<HealthDetails> {
    const now = performance.now();
    if (!this.answer || now - this.answer.at > freshMs) this.answer = { at: now, lags: this.ask() };
    return this.answer.lags;
  }

  private async ask(): Promise<HealthDetails> {
    const all = this.groups.map(async ({ group, topics }) => {
      const some = await Promise.all(topics.map((topic) => this.bus.lag(group, topic)));
      return [group, some.reduce(together)] as const;
    });
    return { groups: Object.fromEntries(await Promise.all(all)) };
  }
}

const together = (a: Lag, b: Lag): Lag => ({
  messages: a.messages + b.messages,
  oldestSeconds: Math.max(a.oldestSeconds, b.oldestSeconds),
});
