import { broker } from './broker.js';
import type { FaultKind } from './fault.js';
import { freeze } from './freeze.js';
import { kill } from './kill.js';
import { postgres } from './postgres.js';
import { smtp } from './smtp.js';
import { world } from './world.js';

/** Deaths at boundaries (`boundaries.ts`) go on beside these, in all roles at once. */
export const faultKinds: readonly FaultKind[] = [kill, freeze, postgres, broker, smtp, world];
