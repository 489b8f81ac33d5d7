import fs from 'node:fs';

/** Of util-linux. */
const setpriv = '/usr/bin/setpriv';

/** What to spawn instead, so that it gets SIGKILL from the kernel when we are gone, even by kill -9. Elsewhere an orderly end has to do. */
export const dyingWithUs = (command: string, args: readonly string[]): [command: string, args: string[]] =>
  fs.existsSync(setpriv) ? [setpriv, ['--pdeathsig', 'KILL', command, ...args]] : [command, [...args]];
