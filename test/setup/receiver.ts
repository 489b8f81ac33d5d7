import http, { type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** A call as it came in. */
export interface Heard {
  readonly at: number;
  readonly path: string;
  readonly id: string;
  readonly headers: Record<string, string>;
  readonly body: string;
  /** `order.paying` */
  readonly type: string;
  readonly data: { id: string; status: string; version: number; links: Record<string, string> };
}

/** Whom an order calls back: an HTTP server on loopback. `answer` gets how often this `webhook-id` has come, from 1. */
export async function startReceiver(answer: (response: ServerResponse, call: Heard, nth: number) => void = (response) => response.end()) {
  const heard: Heard[] = [];
  const server = http.createServer(async (request, response) => {
    const at = Date.now();
    const body = await text(request);
    const headers = request.headers as Record<string, string>;
    const call: Heard = { at, path: request.url!, id: headers['webhook-id']!, headers, body, ...JSON.parse(body) };
    heard.push(call);
    answer(response, call, heard.filter(({ id }) => id === call.id).length);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    heard,
    of: ({ id }: { id: string }): Heard[] => heard.filter(({ data }) => data.id === id),
    async stop(): Promise<void> {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}
