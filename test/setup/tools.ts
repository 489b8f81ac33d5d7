import { spawnSync } from 'node:child_process';

/** Whether a program runs here that a spec needs. Where it does not, the spec is left out and says so, unless DEMAND_TOOLS=1 insists. */
export function here(program: string, ...args: string[]): boolean {
  const { error, status } = spawnSync(program, args.length > 0 ? args : ['--version'], { timeout: 20_000 });
  if (status === 0) return true;
  missing(program, error?.message ?? `ended with ${status}`);
  return false;
}

export function missing(program: string, why: string): void {
  if (process.env.DEMAND_TOOLS) throw new Error(`${program} is demanded, and does not run here: ${why}`);
  console.warn(`What needs ${program} is left out: ${why}`);
}
