import { runAlone } from '#libs/platform';
import { role } from './role.js';

await runAlone(role);
