import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { backroom, commands } from './run.js';

const dir = mkdtempSync(path.join(os.tmpdir(), 'backroom-cli-'));
afterAll(() => rmSync(dir, { recursive: true }));

async function sh(line: string) {
  let [out, err] = ['', ''];
  const terminal = {
    out: (text: string) => void (out += text),
    err: (text: string) => void (err += text),
    moves: false,
    interrupted: new AbortController().signal,
  };
  return { code: await backroom(line.split(' ').filter(Boolean), { DATA_DIR: dir }, terminal), out, err };
}

describe('the command line', () => {
  it.each([
    ['jbos list', 'There is no command “jbos”.'],
    ['jobs start', 'There is no command “jobs start”.'],
    ['jobs run', 'NAME is missing.'],
    ['jobs list now', '“now” is one argument too many.'],
    ['jobs run a --wiat', "Unknown option '--wiat'."],
    ['jobs run a --input {', '--input is no JSON.'],
    ['jobs run a --input', "Option '--input <value>' argument missing."],
    ['jobs run a --wait=yes', "Option '--wait' does not take an argument."],
    ['jobs log 5', '“5” is no id.'],
    ['dead-letters list --limit 0', '--limit must be a whole number from 1 to 10000, not “0”.'],
    ['dead-letters redrive', 'Say which: ids, --consumer, --type or --topic.'],
    ['dead-letters drop', 'ID is missing.'],
    ['freeze', 'ROLE is missing.'],
  ])('“%s” is told in one sentence, by 2', async (line, sentence) => {
    expect(await sh(line)).toEqual({ code: 2, out: '', err: `${sentence}\nbackroom --help tells what there is.\n` });
  });

  it('tells of all commands, of a group, and of each', async () => {
    const all = await sh('--help');
    expect(all.code).toBe(0);
    for (const { name, summary } of commands) {
      expect(all.out).toContain(name);
      const one = await sh(`${name} --help`);
      expect([one.code, one.err]).toEqual([0, '']);
      expect(one.out).toContain(summary);
      expect(one.out).toContain('--json');
      expect(one.out).toContain('75 not now');
    }
    expect((await sh('freeze --help')).out).toMatch(/PATCH \/workers.+FREEZE=true/s);
    const jobs = await sh('jobs --help');
    expect(jobs.out).toContain('jobs cancel RUN');
    expect(jobs.out).not.toContain('dead-letters');
    // Without a word it helps too, but has done nothing.
    expect((await sh('')).code).toBe(2);
  });

  it('says in one sentence that no shop is running', async () => {
    expect(await sh('jobs list')).toEqual({
      code: 1,
      out: '',
      err: `No shop is running on DATA_DIR ${dir}: start it, or set DATABASE_URL to that of another.\n`,
    });
  });
});
