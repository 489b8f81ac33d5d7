import { Lifecycle } from '#libs/host';
import type { FastifyReply, FastifyRequest } from 'fastify';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { Follow } from './follow.js';
import type { StreamEars } from './stream-ears.js';

it('tells what there is and ends, where the process began to stop while it was read', async () => {
  const lifecycle = new Lifecycle();
  const wrong: Error[] = [];
  const follow = new Follow({ hear: () => () => {} } as unknown as StreamEars, lifecycle);
  const history = async () => {
    await lifecycle.stop();
    return [{ version: 1, last: false, data: { so: 'far' } }];
  };
  const server = http.createServer((request, raw) => {
    raw.on('error', (error) => wrong.push(error));
    const reply = { raw, getHeaders: () => ({}), hijack: () => {} } as unknown as FastifyReply;
    void follow.answer(request as unknown as FastifyRequest, reply, 'order:1', history);
  });
  await new Promise<void>((open) => server.listen(0, '127.0.0.1', open));
  try {
    const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    expect(await answer.text()).toBe(': hello\n\nid: 1\ndata: {"so":"far"}\n\n');
    expect(wrong).toEqual([]);
  } finally {
    await new Promise((closed) => server.close(closed));
  }
});
