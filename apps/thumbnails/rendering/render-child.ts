// Renders one photo after another for the process that forked it. A photo that kills libvips kills this process, and not the shop.
import { render, type Rejected, type Rendered } from './render.js';

/** What the parent sends, after `ready` has come. */
export interface RenderOrder {
  readonly source: Buffer;
  /** Resident memory, in MiB, that is too much. */
  readonly mostMebibytes: number;
}
export type RenderReply =
  | { readonly answer: Rendered | Rejected; readonly mebibytes: number }
  /** No fault of the photo, as far as one can see. */
  | { readonly failed: string }
  | { readonly tooMuchMemory: true };

const mebibytes = (): number => process.memoryUsage.rss() / 1024 / 1024;
const reply = (message: RenderReply | 'ready'): Promise<void> => new Promise((resolve) => process.send!(message, () => resolve()));
// Not `exit`: that waits for libvips' threads.
const die = (): void => void process.kill(process.pid, 'SIGKILL');

process.on('message', (order: RenderOrder) => void work(order));
// Ctrl-C goes to the whole group; a host that is stopping wants its last photo still. When it is gone, so is this.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => {});
process.on('disconnect', die);

async function work({ source, mostMebibytes }: RenderOrder): Promise<void> {
  // libvips works on threads of its own, so this one is free to look.
  const watch = setInterval(() => {
    if (mebibytes() <= mostMebibytes) return;
    clearInterval(watch);
    void reply({ tooMuchMemory: true });
    // The parent kills it, unless that has no time.
    setTimeout(die, 500);
  }, 25);
  try {
    await reply({ answer: await render(source, new AbortController().signal), mebibytes: mebibytes() });
  } catch (error) {
    await reply({ failed: String(error) });
  } finally {
    clearInterval(watch);
  }
}

await reply('ready');
