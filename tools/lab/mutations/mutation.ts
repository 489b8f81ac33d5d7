/** How a mutation gets at the code it breaks: from outside, by the library call that is to be another one. */
export interface Mutation {
  /** A named statement, and how to ask it; the answer is what the shop gets. */
  readonly statement?: (query: Statement, ask: (changed: Statement) => Promise<Answer>) => Promise<Answer>;
  /** A batch on its way to a broker. */
  readonly published?: (call: () => Promise<unknown>, self: object) => Promise<unknown>;
  /** A consumer's turn to fetch. `self` is kafkajs' ConsumerGroup. */
  readonly fetched?: (call: () => Promise<unknown>, self: object) => Promise<unknown>;
  /** A request to the world outside. */
  readonly request?: <T extends { headers: Record<string, string>; path: string; method: string }>(options: T) => T;
}

export interface Statement {
  name?: string;
  text: string;
  values?: unknown[];
}

export interface Answer {
  rows: Record<string, unknown>[];
}

/** Code that is broken on purpose, and the check that has to see it. */
export interface NamedMutation {
  readonly name: string;
  /** What the shop does then. */
  readonly breaks: string;
  /** The check that goes red. */
  readonly red: string;
  /** Without these nothing comes of it: a fault that the broken code is there for. Empty: it shows in a healthy run. */
  readonly faults: readonly string[];
  /** The roles that are killed at their boundaries, if `boundaries` is among the faults. */
  readonly roles?: readonly string[];
  /** Where to kill them, most of the time. */
  readonly boundaries?: RegExp;
  readonly how: Mutation;
}
