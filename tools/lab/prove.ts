import type { NamedMutation } from './mutations/mutation.js';
import type { Report } from './report.js';
import { run, type RunOptions } from './run.js';

export interface Proof {
  readonly mutation: NamedMutation;
  readonly report: Report;
  /** The findings of the check that had to see it. */
  readonly findings: readonly string[];
}

/** What is broken for good shows at once. */
const healthyMinutes = 0.3;

/** Runs the shop with broken code, and with the faults that it takes for the breach to show. */
export async function prove(mutation: NamedMutation, options: Omit<RunOptions, 'mutation'>): Promise<Proof> {
  const { faults, roles } = mutation;
  const minutes = faults.length ? options.minutes : Math.min(options.minutes, healthyMinutes);
  const report = await run({ ...options, minutes, faults, ...(roles && { roles }), mutation });
  return { mutation, report, findings: report.checks.find(({ name }) => name === mutation.red)?.findings ?? [] };
}

export const provedLine = ({ mutation, report, findings }: Proof): string => {
  const others = report.checks.filter(({ name, findings }) => name !== mutation.red && findings.length > 0);
  const seconds = `${report.tookSeconds.toFixed(0)} s, seed ${report.seed}`;
  const also = others.map(({ name, findings }) => `\n      also ${name}: ${findings[0]}`).join('');
  return findings.length
    ? `  ✓ ${mutation.name}: ${mutation.red} went red, ${findings.length} findings in ${seconds}\n      ${findings[0]}${also}`
    : `  ✗ ${mutation.name}: ${mutation.red} saw nothing of it in ${seconds}${also}`;
};
