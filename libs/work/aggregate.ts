import { isRefusal, shapeToday, type Decider, type Refusal, type Stored, type Upcasts } from '#libs/decider';
import type { NewEvent, Recorded } from '#libs/store';

/** A kind of stream: how its events are read, and what decides on them. */
export interface Aggregate<C, E, S> {
  /** `order` of `order:<uuid>`. */
  readonly kind: string;
  /** What its topics are called: `orders`, `orders.express`. */
  readonly topic: string;
  readonly decider: Decider<C, E, S>;
  /** `undefined`: a type, or a shape, of a later build. */
  read(fact: Stored): E | undefined;
  /** Of the types whose shape has changed since they were published. */
  readonly upcasts: Upcasts;
}

/** This build does not know an event. No failure: the stream waits for the upgrade that does. */
export class UnknownEvent extends Error {
  constructor({ stream, version, type, meta }: Recorded) {
    super(`${stream}/${version} is a ${type}${meta.shape ? ` of shape ${meta.shape}` : ''}, which this build does not know.`);
  }
}

/** What a command leads to, as it is appended. A refusal where it makes no sense in this state. */
export function decide<C, E, S>({ decider, upcasts }: Aggregate<C, E, S>, command: C, state: S): readonly (E & NewEvent)[] | Refusal {
  const answer = decider.decide(command, state);
  if (isRefusal(answer)) return answer;
  return (answer as readonly (E & NewEvent)[]).map((event) => ({ ...event, shape: shapeToday(upcasts, event.type) }));
}

/** The same, and the state after it. Here a refusal leads to nothing: the stream has moved on since it was due. */
export function apply<C, E, S>(about: Aggregate<C, E, S>, state: S, command: C, at: string): { events: readonly NewEvent[]; state: S } {
  const answer = decide(about, command, state);
  if (isRefusal(answer)) return { events: [], state };
  return { events: answer, state: answer.reduce((before, event) => about.decider.evolve(before, event, at), state) };
}

/** The state of a stream after these events. @throws {UnknownEvent} */
export function fold<C, E, S>({ decider, read }: Aggregate<C, E, S>, events: readonly Recorded[]): S {
  return events.reduce((state, recorded) => {
    const event = read(recorded);
    if (!event) throw new UnknownEvent(recorded);
    return decider.evolve(state, event, recorded.at);
  }, decider.initial);
}

/** A fact as it would be written today, for whoever shows it or tells it; one of a later build as it stands. */
export function asToday<F extends Stored>({ read, upcasts }: Pick<Aggregate<never, NewEvent, never>, 'read' | 'upcasts'>, fact: F): F {
  const shape = shapeToday(upcasts, fact.type);
  if ((fact.meta.shape ?? undefined) === shape) return fact;
  const event = read(fact);
  return event ? { ...fact, data: event.data, meta: { ...fact.meta, shape } } : fact;
}
