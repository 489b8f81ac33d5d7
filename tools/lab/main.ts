import { whyNoKafka } from '#tools/kafka';
import fs from 'node:fs';
import { faultKinds } from './faults/all.js';
import { mutations } from './mutations/all.js';
import { readOptions, Usage, type LabOptions } from './options.js';
import { prove, provedLine } from './prove.js';
import { isRed, told } from './report.js';
import { run } from './run.js';
import { showProgress } from './shown.js';
import { roleNames } from './stack/stack.js';

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  // Every process of the lab dies with this one.
  process.on(signal, () => process.exit(signal === 'SIGINT' ? 130 : 143));
}

try {
  const options = readOptions(process.argv.slice(2), {
    faults: ['boundaries', ...faultKinds.map(({ name }) => name)],
    mutations: mutations.map(({ name }) => name),
    roles: roleNames(),
  });
  const why = whyNoKafka();
  if (why) throw new Usage(`The lab needs a Kafka: ${why}`);
  process.exitCode = (await (options.mutate ? proveAll(options, options.mutate) : runOnce(options))) ? 0 : 1;
} catch (error) {
  console.error(error instanceof Usage ? error.message : error);
  process.exitCode = error instanceof Usage ? (process.argv.includes('--help') ? 0 : 2) : 1;
}

async function runOnce(options: LabOptions): Promise<boolean> {
  const shown = showProgress('lab');
  const report = await run({ ...options, at: shown.at }).finally(() => shown.end());
  if (options.json) fs.writeFileSync(options.json, JSON.stringify(report, null, 2));
  console.log(told(report));
  return !isRed(report);
}

async function proveAll(options: LabOptions, which: string): Promise<boolean> {
  const chosen = which === 'all' ? mutations : mutations.filter(({ name }) => which.split(',').includes(name));
  const proofs = [];
  for (const mutation of chosen) {
    const shown = showProgress(mutation.name);
    const proof = await prove(mutation, { ...options, at: shown.at }).finally(() => shown.end());
    proofs.push(proof);
    console.log(provedLine(proof));
  }
  if (options.json)
    fs.writeFileSync(
      options.json,
      JSON.stringify(
        proofs.map(({ mutation, report }) => ({ mutation: mutation.name, report })),
        null,
        2,
      ),
    );
  return proofs.every(({ findings }) => findings.length > 0);
}
