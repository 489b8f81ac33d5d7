import { readSettings } from '#libs/host';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { startControl } from '../../../tools/stack/control.js';
import { stackModules } from './module.js';
import { Stack } from './stack.js';

describe('the status service beside a stack', () => {
  const beside = { STACK_URL: 'http://stack:key@127.0.0.1:1', WORLD_URL: 'http://127.0.0.1:2', LAB: 'true' };
  const routes = (env: NodeJS.ProcessEnv): number => stackModules(readSettings(env)).flatMap(({ controllers = [] }) => controllers).length;

  it('has its pools, and the Lab where that may be; nothing of it elsewhere, and never in production', () => {
    expect(routes(beside)).toBe(3);
    expect(routes({ ...beside, LAB: 'false' })).toBe(1);
    expect(routes({ ...beside, STACK_URL: '' })).toBe(0);
    expect(routes({ ...beside, NODE_ENV: 'production' })).toBe(0);
  });

  it('hands on what the stack says of a request, and says by itself that it does not answer', async () => {
    const wipe = () => Promise.reject(new Error('no broker'));
    const ended = { name: 'jobs', pid: undefined, frozen: false, kill() {}, freeze() {} };
    const control = await startControl({ processes: () => [ended], pools: [], lab: true, wipe, room: 0, say() {} });
    const stack = new Stack(control.url);
    try {
      expect(await stack.show()).toEqual({ lab: true, kafka: true, pools: [], processes: [{ role: 'jobs', pid: null, state: 'ended' }] });
      await expect(stack.tell('POST', '/processes/api/kill', { pid: 'x' })).rejects.toMatchObject({
        slug: 'invalid',
        errors: [{ pointer: '/pid', detail: expect.any(String) }],
      });
      await expect(stack.tell('POST', '/processes/api/kill', {})).rejects.toMatchObject({ slug: 'not-found' });
      await expect(stack.tell('POST', '/processes/jobs/kill', {})).rejects.toMatchObject({
        slug: 'unavailable',
        detail: expect.stringContaining('has ended'),
      });
      await expect(stack.tell('POST', '/kafka/wipe')).rejects.toMatchObject({
        slug: 'internal',
        detail: expect.stringContaining('has failed'),
      });
      const stranger = new Stack(control.url.replace(/:[^:@]+@/, ':another@'));
      // Not the operator's token is wrong then.
      await expect(stranger.show()).rejects.toMatchObject({ slug: 'unavailable', detail: 'The stack does not answer.' });
    } finally {
      await control.close();
    }
    await expect(stack.show()).rejects.toMatchObject({ slug: 'unavailable' });
  });

  it('does not wait for ever', async () => {
    const silent = createServer(() => {}).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    try {
      const stack = new Stack(`http://stack:key@127.0.0.1:${(silent.address() as AddressInfo).port}`, 50);
      await expect(stack.show()).rejects.toMatchObject({ slug: 'unavailable', detail: 'The stack does not answer.' });
    } finally {
      silent.closeAllConnections();
      silent.close();
    }
  });
});
