import type { Fault } from '../evidence.js';
import type { Random } from '../random.js';
import type { Stack } from '../stack/stack.js';

export interface Scene {
  readonly stack: Stack;
  readonly random: Random;
  /** The roles that may be hit. */
  readonly roles: readonly string[];
  /** Writes a fault down when it begins; its end is set when it is over. */
  begin(fault: Pick<Fault, 'whom' | 'what'>): { end(): void };
  readonly signal: AbortSignal;
}

/** Something that befalls the shop. Resolves when it is over and all is there again. */
export interface FaultKind {
  readonly name: string;
  readonly says: string;
  readonly strike: (scene: Scene) => Promise<void>;
}
