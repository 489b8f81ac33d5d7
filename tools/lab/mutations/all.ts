import { answerFirst, talkative } from './accept.js';
import { ignoreConflicts, leaveGaps, sayTwice } from './append.js';
import { commitFirst, forgetFirst } from './bus.js';
import { actOnTheMessage, dropClaim, forgetOutcome, keepCards, newKeyEachTry } from './effects.js';
import type { NamedMutation } from './mutation.js';
import { frozenPicture, staleReads } from './status.js';
import { stockOutside } from './stock.js';

/** At least one for each check: it could not be trusted otherwise. */
export const mutations: readonly NamedMutation[] = [
  answerFirst,
  commitFirst,
  forgetFirst,
  leaveGaps,
  sayTwice,
  ignoreConflicts,
  newKeyEachTry,
  actOnTheMessage,
  dropClaim,
  forgetOutcome,
  stockOutside,
  staleReads,
  frozenPicture,
  talkative,
  keepCards,
];
