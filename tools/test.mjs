// `npm test`: installs, lints, builds, runs every spec. `npm test -- …` hands the rest to Vitest (`--project unit`, a path).
// The last line is `N passed, N failed, N skipped`; lint counts as one check, and no test at all is a failure.
import './node-version.mjs';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const { install, root } = await import('./install.mjs');
const { build } = await import('./build.mjs');
const { lint } = await import('./lint.mjs');
const { tool } = await import('./child.mjs');

/** What Vitest's JSON report says; without one (it ended before it began) a single failure. */
const countOf = (report, failedRun) => {
  if (!fs.existsSync(report)) return { passed: 0, failed: 1, skipped: 0 };
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults } = JSON.parse(fs.readFileSync(report, 'utf8'));
  // A file that could not be loaded, or whose hook failed, has no failed test.
  const files = testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.every((test) => test.status !== 'failed'),
  );
  const failed = numFailedTests + files.length;
  // Failed all the same: an error outside any test.
  return { passed: numPassedTests, failed: failedRun && failed === 0 ? 1 : failed, skipped: numPendingTests + numTodoTests };
};

const specs = async (args) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'backroom-report-'));
  const report = path.join(folder, 'vitest.json');
  try {
    const failedRun = await tool(
      'vitest/vitest.mjs',
      ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...args],
      {
        show: true,
      },
    ).then(
      () => false,
      () => true,
    );
    return countOf(report, failedRun);
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
};

process.chdir(root);
let total;
try {
  await install();
  const linted = (await lint()) === 0;
  await build();
  const { whyNoKafka } = await import('../dist/tools/kafka/index.js');
  const why = whyNoKafka();
  if (why) console.warn(`The contract is not asked of separate hosts: ${why}`);
  total = await specs([...(why ? ['--project', '!apart'] : []), ...process.argv.slice(2)]);
  if (total.passed + total.failed === 0) {
    console.error('No test ran.');
    process.exitCode = 1;
  }
  total[linted ? 'passed' : 'failed'] += 1;
  if (!linted) console.error('The lint checks failed; see above.');
} catch (error) {
  console.error(error.message);
  total ??= { passed: 0, failed: 1, skipped: 0 };
}
if (total.failed > 0) process.exitCode = 1;
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
