import { describe, expect, it, vi } from 'vitest';
import { Health } from './health.js';
import { createLog } from './log.js';
import { supervise } from './supervise.js';

const log = createLog({ level: 'silent', readable: false, role: 'relay', instance: 'i' });
const untilAborted = (signal: AbortSignal) => new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
const quick = { log, firstPauseMs: 1, longestPauseMs: 4 };

describe('supervise', () => {
  it('starts a task again that throws or ends, and lets others be', async () => {
    let runs = 0;
    const failing = supervise(
      'failing',
      async (signal) => {
        runs += 1;
        if (runs === 1) throw new Error('boom');
        if (runs > 2) await untilAborted(signal);
      },
      quick,
    );
    let steadyRuns = 0;
    const steady = supervise('steady', (signal) => ((steadyRuns += 1), untilAborted(signal)), quick);
    await vi.waitUntil(() => runs === 3);
    expect(steadyRuns).toBe(1);
    expect(await Promise.all([failing.stop(1000), steady.stop(1000)])).toEqual([true, true]);
    expect(runs).toBe(3);
  });

  it('tells health of a failure until the task comes round again, and keeps the process alive', async () => {
    const health = new Health();
    let heal!: () => void;
    let beaten!: () => void;
    const healed = new Promise<void>((resolve) => (heal = resolve));
    const beat1 = new Promise<void>((resolve) => (beaten = resolve));
    let runs = 0;
    const task = supervise(
      'relay',
      async (signal, beat) => {
        runs += 1;
        if (runs < 3) throw new Error('no database');
        await healed;
        beat();
        beaten();
        await untilAborted(signal);
      },
      { ...quick, health, beatWithinMs: 60_000 },
    );
    const check = () =>
      health
        .checks()
        .find(({ name }) => name === 'relay')!
        .check(AbortSignal.timeout(1000));
    await vi.waitUntil(() => runs === 3);
    expect(check).toThrow('no database (failed 2 times in a row)');
    expect(health.loops()).toEqual([expect.objectContaining({ name: 'relay', alive: true })]);
    heal();
    await beat1;
    expect(check).not.toThrow();
    await task.stop(1000);
    expect([health.checks(), health.loops()]).toEqual([[], []]);
  });

  it('does not wait for ever for one that does not listen', async () => {
    const task = supervise('deaf', () => new Promise(() => {}), quick);
    expect(await task.stop(10)).toBe(false);
  });

  it('does not start again what is asked to stop during its pause', async () => {
    let runs = 0;
    const task = supervise('x', () => ((runs += 1), Promise.reject(new Error('boom'))), {
      log,
      firstPauseMs: 60_000,
      longestPauseMs: 60_000,
    });
    await vi.waitUntil(() => runs === 1);
    expect(await task.stop(1000)).toBe(true);
    expect(runs).toBe(1);
  });
});
