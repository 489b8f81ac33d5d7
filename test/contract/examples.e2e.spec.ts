import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { operatorToken, startHost, type TestHost } from '../setup/host.js';
import { here } from '../setup/tools.js';
import { apart } from '../setup/where.js';
import { anOrder, place } from './orders.js';

const run = promisify(execFile);
const examples = path.join(import.meta.dirname, '../../examples');

let host: TestHost;
beforeAll(async () => void (host = await startHost()));
afterAll(() => host?.stop());

describe('examples', () => {
  test.skipIf(!here('jq') || !here('curl'))('curl.sh does what it says', async () => {
    const env = { ...process.env, SHOP: host.url, OPERATOR_TOKEN: operatorToken };
    const { stdout } = await run('bash', [path.join(examples, 'curl.sh')], { env, timeout: 90_000 });
    expect(stdout).toMatch(/^PRINT-10X15\t\d+\t\d+$/m);
    expect(stdout).toMatch(/^1\tOrderPlaced\tplaced\t\d+$/m);
    expect(stdout).toMatch(/\tcompleted\t100\n/);
    // A mail that is sent meanwhile is news.
    expect(stdout).toMatch(/^(304|200)$/m);
    expect(stdout).toMatch(/^(202|409)$/m);
    expect(stdout).toMatch(/\/problems\/invalid\n\/\w+/);
    expect(stdout).toMatch(/The operator sees all orders\n\w+\n\w+\n$/);
  });

  // The consolidated host has its bus inside.
  apart.test('a stranger’s consumer follows an order by asyncapi.json alone', async () => {
    const { body } = await host.http().get('/asyncapi.json').expect(200);
    const brokers = Object.values(body.servers as Record<string, { host: string }>).map((server) => server.host);
    const { id } = await place(host, anOrder());
    const { stdout } = await run(process.execPath, [path.join(examples, 'consumer/follow-order.mjs'), brokers.join(','), id], {
      timeout: 90_000,
    });
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => line.split(' '));
    expect(lines.map(([version]) => Number(version))).toEqual(lines.map((_, n) => n + 1));
    expect(lines[0]![2]).toBe('OrderPlaced');
    expect(lines.at(-1)![2]).toBe('OrderCompleted');
  });
});
