// One line that moves on a terminal, plain lines elsewhere. Without dependencies: it runs before anything is installed.

const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const width = 24;

const bar = ({ done, of }) => {
  const full = Math.min(width, Math.round((width * done) / of));
  return ` ${'█'.repeat(full)}${'░'.repeat(width - full)} ${done}/${of}`;
};

/**
 * Shows `label` and the seconds gone by while `work` is under way, and how long it took.
 * @template T
 * @param {string} label what is being done: "Building"
 * @param {() => Promise<T>} work
 * @param {{ out?: NodeJS.WriteStream, count?: () => { done: number, of: number } }} [options] count: how far it is; asked four times a second
 * @returns {Promise<T>}
 */
export async function progress(label, work, { out = process.stderr, count } = {}) {
  const began = Date.now();
  const seconds = () => `${Math.round((Date.now() - began) / 1000)} s`;
  const terminal = Boolean(out.isTTY);
  let frame = 0;
  const show = () => {
    const line = `${frames[frame++ % frames.length]} ${label}${count ? bar(count()) : ''} · ${seconds()}`;
    out.write(`\r\x1b[2K${line.slice(0, (out.columns || 80) - 1)}`);
  };
  if (!terminal) out.write(`${label} …\n`);
  const timer = terminal ? setInterval(show, 250) : setInterval(() => out.write(`${label} … ${seconds()}\n`), 15_000);
  const end = (mark) => {
    clearInterval(timer);
    out.write(`${terminal ? '\r\x1b[2K' : ''}${mark} ${label} · ${seconds()}\n`);
  };
  try {
    const result = await work();
    end('✓');
    return result;
  } catch (error) {
    end('✗');
    throw error;
  }
}
