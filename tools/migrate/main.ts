import { migrateSettings } from './settings.js';
import { setUp } from './set-up.js';

/** Once before the roles of a new build start, and as often as one likes: brings database and broker to what this build needs. */
try {
  console.log(await setUp(migrateSettings(process.env)));
} catch (error) {
  const { message, code } = error as NodeJS.ErrnoException;
  // A connection refused on both of a name's addresses has no message of its own.
  console.error(`The shop was not set up: ${message || code || String(error)}`);
  process.exit(1);
}
