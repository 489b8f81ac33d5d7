import { SingleBar } from 'cli-progress';

export interface Bar {
  /** One of the parts is through. `what` comes next. */
  step(what: string): void;
  end(): void;
}

/** One line that moves on a terminal, and plain lines elsewhere. */
export function bar(parts: number): Bar {
  const began = Date.now();
  if (!process.stderr.isTTY) {
    let done = -1;
    return {
      step: (what) => void process.stderr.write(`${(done += 1)}/${parts} ${what} · ${Math.round((Date.now() - began) / 1000)} s\n`),
      end: () => {},
    };
  }
  const shown = new SingleBar({ format: '{bar} {value}/{total} {what} · {duration_formatted}', hideCursor: true, clearOnComplete: true });
  shown.start(parts, 0, { what: '' });
  let done = -1;
  return { step: (what) => shown.update((done += 1), { what }), end: () => shown.stop() };
}
