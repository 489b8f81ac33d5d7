import type { IncomingMessage } from 'node:http';

/** For a sender that never comes to an end. */
const atMostMs = 10_000;

/**
 * Closes the connection of a request that was answered before all of it was here only when the rest has come (RFC 9112, 9.6). Node would close at
 * once: the sender, still writing, has its connection reset then, and the answer may be lost with it. For who asks for `Connection: close`.
 */
export function lingerAfter(request: IncomingMessage): void {
  const { socket } = request;
  const close = socket.destroySoon.bind(socket);
  socket.destroySoon = () => {
    if (request.complete) return close();
    const timer = setTimeout(close, atMostMs);
    socket.once('close', () => clearTimeout(timer));
    request.once('end', close).resume();
  };
}
