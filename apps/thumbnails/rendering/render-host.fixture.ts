// A host that renders a photo at the start and whenever it is told to, and says in which processes: the spec kills it.
import { RenderProcesses } from './render-process.js';
import sharp from 'sharp';

const pool = new RenderProcesses({ processes: 1, timeoutMs: 60_000, mostMebibytes: 1_024, idleMs: 600_000 });
const photo = await sharp({ create: { width: 40, height: 30, channels: 3, background: 'red' } })
  .jpeg()
  .toBuffer();
const render = async (): Promise<void> => {
  await pool.render(photo, new AbortController().signal);
  process.send!(pool.pids);
};
process.on('message', () => void render());
await render();
