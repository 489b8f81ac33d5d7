import type { Outcome } from './effect.js';

/** Whether a role of this process takes up new work, and what it has done since the process began. */
export class Duty {
  /** By an operator: what is in hand comes to its end, and nothing new is begun. */
  paused = false;
  /** As long as its process lives, by FREEZE or because it has died too often. */
  frozen = false;
  /** By the consumer's name: the streams it has handled, and the times that one failed. */
  readonly consumers = new Map<string, { handled: number; failed: number }>();
  /** By the effect's kind: attempts by how they ended, and how many of them were not the first. */
  readonly effects = new Map<string, { done: number; refused: number; failed: number; ambiguous: number; retries: number }>();

  constructor(readonly role: string) {}

  get rests(): boolean {
    return this.paused || this.frozen;
  }

  handled(consumer: string, streams: number): void {
    this.consumer(consumer).handled += streams;
  }

  failed(consumer: string): void {
    this.consumer(consumer).failed += 1;
  }

  performed(kind: string, outcome: Outcome<unknown>, attempt: number): void {
    const of = this.effect(kind);
    of['done' in outcome ? 'done' : 'refused' in outcome ? 'refused' : 'failed' in outcome ? 'failed' : 'ambiguous'] += 1;
    if (attempt > 1) of.retries += 1;
  }

  /** Known from the start, so that a figure of nothing is shown as 0. */
  consumer(name: string): { handled: number; failed: number } {
    const known = this.consumers.get(name) ?? { handled: 0, failed: 0 };
    this.consumers.set(name, known);
    return known;
  }

  effect(kind: string) {
    const known = this.effects.get(kind) ?? { done: 0, refused: 0, failed: 0, ambiguous: 0, retries: 0 };
    this.effects.set(kind, known);
    return known;
  }

  /** All that it has handled and performed. */
  get count(): number {
    let all = 0;
    for (const { handled } of this.consumers.values()) all += handled;
    for (const { done, refused, failed, ambiguous } of this.effects.values()) all += done + refused + failed + ambiguous;
    return all;
  }
}
