import { runAlone } from '#libs/platform';
import { role } from './role.js';

await runAlone(role, async ({ settings }) => (await import('./stack/module.js')).stackModules(settings));
