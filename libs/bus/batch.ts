import type { Backoff } from '#libs/backoff';

/** Statements gain nothing above 200–500 rows (measured), and a longer batch makes a longer wait for whoever comes next. */
export const batchLimit = 500;

/** The pauses before a rejected batch comes again. */
export const redelivery: Backoff = { firstMs: 100, maxMs: 5000 };
