import cliProgress from 'cli-progress';

export interface Shown {
  at(phase: string, done: number, of: number): void;
  end(): void;
}

/** Where the lab is: a bar on a terminal, a line for each phase elsewhere. */
export function showProgress(title: string): Shown {
  if (!process.stderr.isTTY) {
    let last = '';
    return {
      at(phase) {
        if (phase !== last) process.stderr.write(`${title}: ${phase}\n`);
        last = phase;
      },
      end: () => {},
    };
  }
  const bar = new cliProgress.SingleBar(
    { format: `${title} {phase} {bar} {value}/{total} · {duration_formatted}`, hideCursor: true, clearOnComplete: true },
    cliProgress.Presets.shades_classic,
  );
  bar.start(1, 0, { phase: 'starting' });
  return {
    at(phase, done, of) {
      bar.setTotal(Math.max(of, 1));
      bar.update(done, { phase: phase.padEnd(9) });
    },
    end: () => bar.stop(),
  };
}
