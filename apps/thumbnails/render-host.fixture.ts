// A host that renders a photo at the start and whenever it is told to, and says in which processes: the spec kills it.
import { RenderProcesses } from './render-process.js';
import { oriented } from './test-photos.fixture.js';

const pool = new RenderProcesses({ processes: 1, timeoutMs: 60_000, mostMebibytes: 1_024, idleMs: 600_000 });
const photo = await oriented(40, 30, 6);
const render = async (): Promise<void> => {
  await pool.render(photo, new AbortController().signal);
  process.send!(pool.pids);
};
process.on('message', () => void render());
await render();
