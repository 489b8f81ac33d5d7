import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { readSettings } from '#libs/host';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { here } from './setup/tools.js';

const folder = 'deploy/systemd';
const read = (file: string): string => readFileSync(path.join(folder, file), 'utf8');
const roles = readdirSync('apps').filter((name) => name !== 'backroom' && existsSync(`apps/${name}/main.ts`));

it('the target wants each role', () => {
  const wanted = [...read('backroom.target').matchAll(/backroom@(\w+)\.service/g)].map(([, role]) => role!);
  expect(wanted.toSorted()).toEqual(roles.toSorted());
});

it('what is run is there', () => {
  const programs = readdirSync(folder)
    .filter((file) => file.endsWith('.service'))
    .map((file) => /^ExecStart=.* dist\/(\S+)\.js/m.exec(read(file))![1]!.replace('%i', 'api'));
  expect(programs.filter((program) => !existsSync(`${program}.ts`))).toEqual([]);
});

it('has no setting that is none', () => {
  const given = [...read('backroom.env.example').matchAll(/^([A-Z_]+)=(.*)$/gm)].map(([, name, value]) => [name!, value!]);
  const known = readFileSync('libs/host/settings.ts', 'utf8');
  expect(given.filter(([name]) => !new RegExp(`^  ${name}: `, 'm').test(known))).toEqual([]);
  expect(() => readSettings(Object.fromEntries(given))).not.toThrow();
});

it('leaves a role the time to stop that it takes', () => {
  const [, stop] = /^STOP_WITHIN_SECONDS=(\d+)/m.exec(read('backroom.env.example'))!;
  expect(Number(/^TimeoutStopSec=(\d+)/m.exec(read('backroom@.service'))![1])).toBeGreaterThan(Number(stop));
});

describe.skipIf(!here('systemd-analyze'))('systemd-analyze', () => {
  let dir: string;
  const instances = [
    ...roles.map((role) => `backroom@${role}.service`),
    'backroom-job@daily-report.service',
    'backroom-job@daily-report.timer',
  ];
  beforeAll(() => {
    dir = mkdtempSync(path.join(os.tmpdir(), 'backroom-systemd-'));
    cpSync(folder, dir, { recursive: true });
    // Node is where it is.
    const text = (file: string): string => read(file).replaceAll('/usr/bin/node', process.execPath);
    for (const name of instances) writeFileSync(path.join(dir, name), text(name.replace(/@[\w-]+/, '@')));
    writeFileSync(path.join(dir, 'backroom-migrate.service'), text('backroom-migrate.service'));
  });
  afterAll(() => rmSync(dir, { recursive: true }));

  it('verify finds nothing', () => {
    const units = [...instances, 'backroom.target', 'backroom-migrate.service'];
    // In words alone: it ends with 0 for an unknown name too.
    const { status, stdout, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', ...units], { cwd: dir, encoding: 'utf8' });
    expect([status, stdout, stderr]).toEqual([0, '', '']);
  });

  it('security finds the services well shut', () => {
    for (const unit of [
      'backroom@api.service',
      'backroom@payments.service',
      'backroom-migrate.service',
      'backroom-job@daily-report.service',
    ]) {
      // Of ten; a service without any of it has 9.6.
      expect(
        () => execFileSync('systemd-analyze', ['security', '--offline=true', '--threshold=20', unit], { cwd: dir, stdio: 'pipe' }),
        unit,
      ).not.toThrow();
    }
  });
});
