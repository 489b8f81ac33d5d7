import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { SMTPServer } from 'smtp-server';
import type { Mail } from '../evidence.js';

export interface MailServer {
  readonly url: string;
  /** Every mail whose last byte came. */
  readonly ledger: readonly Mail[];
  /** Dies when it has the whole of the next mail and has not yet said 250; is back after `awayMs`. Resolves then, or when no mail came within a while. */
  dieBeforeNext250(awayMs: number): Promise<'died' | 'no mail came'>;
  close(): Promise<void>;
}

/** An SMTP server that takes everything and writes it down, in the lab's own process, so that its book outlives every crash of it. */
export async function startMailServer(): Promise<MailServer> {
  const ledger: Mail[] = [];
  let doomed: (() => void) | undefined;

  const open = async (port: number): Promise<SMTPServer> => {
    const server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['AUTH', 'STARTTLS'],
      disableReverseLookup: true,
      closeTimeout: 1,
      onData(stream, _session, answer) {
        const chunks: Buffer[] = [];
        stream.on('data', (chunk: Buffer) => chunks.push(chunk));
        stream.once('end', () => {
          const messageId = /^Message-ID:\s*<([^>]+)>/im.exec(Buffer.concat(chunks).toString('latin1'))?.[1] ?? 'none';
          ledger.push({ messageId, at: Date.now(), answered: !doomed });
          if (doomed) doomed();
          else answer();
        });
      },
    });
    server.on('error', () => {});
    await new Promise<void>((listening, failed) => {
      server.server.once('error', failed);
      server.listen(port, '127.0.0.1', listening);
    });
    return server;
  };
  const close = (server: SMTPServer): Promise<void> => {
    const closed = new Promise<void>((done) => server.close(() => done()));
    // It says goodbye to nobody.
    for (const { _socket: socket } of server.connections as unknown as Set<{ _socket?: { destroy(): void } }>) socket?.destroy();
    return closed;
  };

  let server = await open(0);
  const { port } = server.server.address() as AddressInfo;
  return {
    url: `smtp://127.0.0.1:${port}`,
    ledger,
    async dieBeforeNext250(awayMs) {
      const came = await Promise.race([
        new Promise<true>((die) => {
          doomed = () => die(true);
        }),
        sleep(10_000, false, { ref: false }),
      ]);
      if (came) await close(server);
      doomed = undefined;
      if (!came) return 'no mail came';
      await sleep(awayMs);
      server = await open(port);
      return 'died';
    },
    close: () => close(server),
  };
}
