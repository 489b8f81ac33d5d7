import { readFile } from 'node:fs/promises';
import { RenderProcesses } from '../../apps/thumbnails/rendering/render-process.js';

/** The shop's renderer alone, in one process of its own, as on a machine of two cores. */
const pool = new RenderProcesses({ processes: 1, timeoutMs: 60_000, mostMebibytes: 1_024, idleMs: 60_000 });

process.on('message', ({ file, times }: { file: string; times: number }) => {
  void (async () => {
    const source = await readFile(file);
    for (let n = 0; n < times; n++) {
      const answer = await pool.render(source, new AbortController().signal);
      if (!('renditions' in answer)) throw new Error(JSON.stringify(answer));
    }
    process.send!({ rendered: times });
  })();
});
process.on('SIGTERM', () => void pool.close().then(() => process.exit(0)));
process.send!({ url: 'none' });
