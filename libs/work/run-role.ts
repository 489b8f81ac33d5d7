import type { Bus } from '#libs/bus';
import type { Consumer } from './consumer.js';
import { ConsumerRunner } from './run-consumer.js';
import type { Performed } from './effect.js';
import { EffectRunner, type EffectParts } from './run-effects.js';

/** What a role does: the news it listens to, and what it does outside the house. */
export interface Work {
  readonly consumers: readonly Consumer<any, any, any, any>[];
  readonly effects: readonly Performed[];
}

export interface WorkParts extends EffectParts {
  readonly bus: Bus;
}

export interface RunningWork {
  /** Takes nothing new, lets what is in hand come to its end for so many milliseconds. */
  stop(withinMs: number): Promise<void>;
}

/** Sets a role to work. */
export function runRole({ consumers, effects }: Work, parts: WorkParts): RunningWork {
  const desk = new EffectRunner(effects, parts);
  const runners = consumers.map((consumer) => new ConsumerRunner(consumer, { ...parts, desk }));
  desk.start();
  runners.forEach((runner) => runner.start());
  return {
    async stop(withinMs) {
      await Promise.all(runners.map((runner) => runner.stop()));
      await desk.stop(withinMs);
    },
  };
}
