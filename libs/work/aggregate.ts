import { isRefusal, type Decider } from '#libs/decider';
import type { Recorded } from '#libs/store';

/** A kind of stream: how its events are read, and what decides on them. */
export interface Aggregate<C, E, S> {
  /** `order` of `order:<uuid>`. */
  readonly kind: string;
  /** What its topics are called: `orders`, `orders.express`. */
  readonly topic: string;
  readonly decider: Decider<C, E, S>;
  /** `undefined`: a type of a later build. */
  read(type: string, data: unknown): E | undefined;
}

/** This build does not know an event. No failure: the stream waits for the upgrade that does. */
export class UnknownEvent extends Error {
  constructor(event: Recorded) {
    super(`${event.stream}/${event.version} is a ${event.type}, which this build does not know.`);
  }
}

/** What a command leads to: the facts, and the state after them. A refusal leads to nothing: the stream has moved on since it was due. */
export function apply<C, E, S>({ decider }: Aggregate<C, E, S>, state: S, command: C, at: string): { events: readonly E[]; state: S } {
  const answer = decider.decide(command, state);
  if (isRefusal(answer)) return { events: [], state };
  return { events: answer, state: answer.reduce((before, event) => decider.evolve(before, event, at), state) };
}

/** The state of a stream after these events. @throws {UnknownEvent} */
export function fold<C, E, S>({ decider, read }: Aggregate<C, E, S>, events: readonly Recorded[]): S {
  return events.reduce((state, recorded) => {
    const event = read(recorded.type, recorded.data);
    if (!event) throw new UnknownEvent(recorded);
    return decider.evolve(state, event, recorded.at);
  }, decider.initial);
}
