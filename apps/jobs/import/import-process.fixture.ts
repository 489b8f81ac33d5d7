// A process that has one run to do: `url folder run`. It takes up the run at its checkpoint, and writes its memory in MB: idle, and after each step.
import { FilesystemObjects } from '#libs/objects';
import { Database } from '#libs/store';
import { importOrders, type Imported } from './import-orders.js';

const [url, folder, id] = process.argv.slice(2) as [string, string, string];
const db = new Database({ url, role: 'backroom_host', connections: 2 });
const job = importOrders(await FilesystemObjects.open(folder), () => {});
const run = { id, signal: new AbortController().signal, log: () => {} };

const tellMemory = (): void => void process.stdout.write(`${Math.round(process.memoryUsage.rss() / 1024 / 1024)}\n`);
tellMemory();
for (let ended = false; !ended;) {
  await db.transaction(async (tx) => {
    const [row] = await tx.run<{ input: { object: string }; checkpoint: Imported | null }>(
      'run',
      'SELECT input, checkpoint FROM runs WHERE id = $1 FOR UPDATE',
      [id],
    );
    const checkpoint = row!.checkpoint ?? (await job.start(row!.input, run));
    const step = await job.step(tx, checkpoint, run);
    if ('next' in step) await tx.run('go-on', 'UPDATE runs SET checkpoint = $2 WHERE id = $1', [id, JSON.stringify(step.next)]);
    else await tx.run('end', 'UPDATE runs SET result = $2, ended_at = now() WHERE id = $1', [id, JSON.stringify(step.result)]);
    ended = 'result' in step;
  });
  tellMemory();
}
await db.close();
