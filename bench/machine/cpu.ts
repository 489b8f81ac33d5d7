import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

const ticksPerSecond = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

interface Stat {
  readonly parent: number;
  /** Its own, in ticks. */
  readonly own: number;
  /** Of its children that have ended, in ticks. */
  readonly ended: number;
}

/** Linux: proc(5). The name in parentheses may hold anything, so fields are counted from its end. */
function statOf(pid: number | string): Stat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const field = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const sum = (a: number, b: number): number => Number(field[a]) + Number(field[b]);
    return { parent: Number(field[1]), own: sum(11, 12), ended: sum(13, 14) };
  } catch {
    return undefined;
  }
}

/** Milliseconds of CPU that these processes, and what they started, have used so far: of one that ends, the parent inherits the count. */
export function cpuMs(pids: readonly number[]): number {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const stat = statOf(name);
      return stat ? [{ pid: Number(name), ...stat }] : [];
    });
  const wanted = new Set(pids);
  // A child's number may be lower than its parent's.
  for (let before = 0; before < wanted.size;) {
    before = wanted.size;
    for (const { pid, parent } of all) if (wanted.has(parent)) wanted.add(pid);
  }
  const ticks = all.filter(({ pid }) => wanted.has(pid)).reduce((sum, { own, ended }) => sum + own + ended, 0);
  return (ticks * 1000) / ticksPerSecond;
}
