import { spawnSync } from 'node:child_process';

/** Whether a program runs here that a spec needs, and that the machine has or has not. Where it has not, the spec is left out and says so. */
export function here(program: string, ...args: string[]): boolean {
  const { error, status } = spawnSync(program, args.length > 0 ? args : ['--version'], { timeout: 20_000 });
  if (status === 0) return true;
  leftOut(program, error?.message ?? `ended with ${status}`);
  return false;
}

/** Of a program that the specs bring along where they can: left out too, unless DEMAND_PROMTOOL=1 insists. */
export function missing(program: string, why: string): void {
  if (process.env.DEMAND_PROMTOOL) throw new Error(`${program} is demanded, and does not run here: ${why}`);
  leftOut(program, why);
}

const leftOut = (program: string, why: string): void => console.warn(`What needs ${program} is left out: ${why}`);
