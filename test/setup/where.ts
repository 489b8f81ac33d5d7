import { describe, inject, test } from 'vitest';

type Say = (what: string, body: () => void | Promise<void>) => void;
const both: { test: Say; describe: Say } = { test, describe };
const neither: typeof both = { test: () => {}, describe: () => {} };

// What is not asked of a shop is no test of it, and is not counted as one that was skipped.
/** Asked of the shop in one process. */
export const together = inject('apart') ? neither : both;
/** Asked of a host a role. */
export const apart = inject('apart') ? both : neither;
