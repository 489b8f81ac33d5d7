/** How a state grows out of facts. */
export interface Fold<E, S> {
  readonly initial: S;
  /** `at`: when it happened, RFC 3339 UTC. */
  evolve(state: S, event: E, at: string): S;
}

/** A fold that also answers commands: with the facts they lead to, none if they change nothing, or a refusal. Pure. */
export interface Decider<C, E, S> extends Fold<E, S> {
  decide(command: C, state: S): readonly E[] | Refusal;
}

/** The command makes no sense in this state. A value and no exception: for most callers it is nothing to worry about. */
export interface Refusal {
  readonly refused: string;
}

export const isRefusal = (answer: readonly unknown[] | Refusal): answer is Refusal => 'refused' in answer;
