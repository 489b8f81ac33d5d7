import { appendFileSync } from 'node:fs';
import { mutations } from '../mutations/all.js';
import { watchBoundaries } from './boundaries.js';

/**
 * `node --import …/preload.js apps/x/main.js`: notes each boundary that the role passes, once, and dies at the nth it passes of those it is
 * told over the channel to the lab: `{ at: [boundary], nth }`. Does nothing in processes that a role starts for itself.
 */
const { LAB_NOTES, LAB_MUTATION } = process.env;

if (LAB_NOTES && /apps[\\/][a-z]+[\\/]main\.js$/.test(process.argv[1] ?? '')) {
  const known = new Set<string>();
  let armed: { at: readonly string[]; nth: number } | undefined;
  const note = (line: object): void => appendFileSync(LAB_NOTES, `${JSON.stringify(line)}\n`);

  process.on('message', (message) => (armed = message as typeof armed));
  process.channel?.unref();
  watchBoundaries(
    (boundary) => {
      if (!known.has(boundary)) note({ passed: boundary });
      known.add(boundary);
      if (!armed?.at.includes(boundary) || --armed.nth > 0) return;
      note({ died: boundary });
      // Here and now: the kernel returns from this call to nobody.
      process.kill(process.pid, 'SIGKILL');
    },
    mutations.find(({ name }) => name === LAB_MUTATION)?.how,
  );
}
