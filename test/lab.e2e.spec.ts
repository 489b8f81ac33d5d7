import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { whyNoKafka } from '#tools/kafka';
import type { Report } from '../tools/lab/report.js';

const root = path.resolve(import.meta.dirname, '..');
const node = (...args: string[]) => promisify(execFile)(process.execPath, args, { cwd: root, maxBuffer: 32 << 20 });

/** A cover of what `npm run lab` does for as long as one likes: less than four minutes; the limits below are for machines that are busy with something else. */
describe.skipIf(inject('kafkaBrokers') === undefined || whyNoKafka())('the laboratory', () => {
  let dir: string;
  beforeAll(async () => {
    // Nothing to do where dist/ is made of these very sources, as in npm test.
    await node('-e', "import('./tools/build.mjs').then(({ build }) => build())");
    dir = await mkdtemp(path.join(os.tmpdir(), 'backroom-cover-'));
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));

  it('keeps every promise while roles, database, broker, mail server and the outside die', { timeout: 480_000 }, async () => {
    const json = path.join(dir, 'report.json');
    const lab = await node('dist/tools/lab/main.js', '--minutes', '0.7', '--json', json).catch(
      (error: { stdout: string; stderr: string }) => error,
    );
    // If the laboratory itself fails there is no report, and only this says why.
    console.log(lab.stdout, lab.stderr);
    const report = JSON.parse(await readFile(json, 'utf8')) as Report;
    expect(report.checks.filter(({ findings }) => findings.length > 0)).toEqual([]);
    expect(report.surprises).toEqual([]);
    expect(report.counts.accepted).toBeGreaterThan(10);
    // Otherwise it would say little.
    expect(report.boundaries.reduce((sum, { hit }) => sum + hit, 0)).toBeGreaterThan(4);
    expect(lab).not.toBeInstanceOf(Error);
  });

  it('goes red where the code is broken', { timeout: 240_000 }, async () => {
    const { stdout } = await node('dist/tools/lab/main.js', '--minutes', '0.1', '--mutate', 'talkative');
    expect(stdout).toContain('✓ talkative: personal went red');
  });
});
