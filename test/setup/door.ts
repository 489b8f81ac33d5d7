import net from 'node:net';

/** How a server is away: nobody listens, or somebody takes the connection and never says a word. */
export type Away = 'refuses' | 'is silent';

export interface Door {
  readonly port: number;
  /** Of whoever goes through: the same address, at this port. */
  readonly url: string;
  open(): Promise<void>;
  shut(how?: Away): Promise<void>;
}

/** What stands before a server, and can be shut: connections that are open break, or hang. It is shut at first. */
export function doorTo(url: string, port: number): Door {
  const { hostname: host, port: to } = new URL(url);
  const through = new URL(url);
  [through.hostname, through.port] = ['127.0.0.1', String(port)];
  const sockets = new Set<net.Socket>();
  let server: net.Server | undefined;
  let silent = false;

  const enter = (socket: net.Socket): void => {
    sockets.add(socket.on('error', () => {}).on('close', () => sockets.delete(socket)));
    if (silent) return;
    const other = net.connect(Number(to), host);
    sockets.add(other.on('error', () => {}).on('close', () => (sockets.delete(other), socket.destroy())));
    socket.on('close', () => other.destroy());
    socket.pipe(other).pipe(socket);
  };
  const listen = async (): Promise<void> => {
    server = net.createServer(enter);
    await new Promise<void>((listening) => server!.listen(port, '127.0.0.1', listening));
  };
  const close = async (): Promise<void> => {
    const closed = new Promise((done) => (server ? server.close(done) : done(undefined)));
    for (const socket of sockets) socket.destroy();
    await closed;
    server = undefined;
  };
  return {
    port,
    url: through.href,
    async open() {
      silent = false;
      await close();
      await listen();
    },
    async shut(how = 'refuses') {
      if (how === 'refuses') return close();
      silent = true;
      for (const socket of sockets) socket.unpipe().pause();
    },
  };
}
