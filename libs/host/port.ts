import { createServer } from 'node:net';

/** Listens for a moment, so that a port that is taken is told of before anything else is started. @throws what `listen` says */
export async function tryPort(port: number, host: string): Promise<void> {
  const server = createServer();
  await new Promise<void>((listening, refused) => {
    server.once('error', refused);
    server.listen({ port, host, exclusive: true }, listening);
  });
  await new Promise((closed) => server.close(closed));
}
