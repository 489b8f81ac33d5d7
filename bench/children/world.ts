import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * An outside that answers at once (or after DELAY_MS), and as cheaply as can be: what it costs is counted apart. It keeps what it was asked by key, so that the
 * bench can tell in the end whether everything was done once.
 */
const delayMs = Number(process.env.DELAY_MS ?? 0);
const done = new Map<string, string>();
let asked = 0;

const server = createServer((request, response) => {
  request.resume();
  request.on('end', () => {
    asked += 1;
    const key = String(request.headers['idempotency-key'] ?? '');
    const body = done.get(key) ?? JSON.stringify({ id: `done_${done.size}`, outcome: 'ok', tracking: `BR${done.size}` });
    done.set(key, body);
    const answer = () => response.writeHead(201, { 'content-type': 'application/json' }).end(body);
    if (delayMs > 0) setTimeout(answer, delayMs);
    else answer();
  });
});
server.keepAliveTimeout = 60_000;
process.on('message', () => {
  process.send!({ asked, keys: done.size });
  asked = 0;
  done.clear();
});
process.on('SIGTERM', () => process.exit(0));
server.listen(0, '127.0.0.1', () => process.send!({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }));
