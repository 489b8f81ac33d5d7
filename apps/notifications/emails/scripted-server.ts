import { createServer, type Socket } from 'node:net';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

/** What a server says at each point. `cut`: it destroys the connection instead; `hang`: it says nothing. */
export interface Script {
  greeting?: string;
  auth?: string;
  mail?: string;
  rcpt?: string;
  /** To the command DATA, before the mail. */
  data?: string;
  /** To the first piece of the mail; nothing, unless it is to be cut off there. */
  body?: 'cut';
  /** To the dot that ends it. */
  dot?: string;
}

/**
 * An SMTP server that fails where it is told to: smtp-server can refuse, but not die between the closing dot and its 250. The script of
 * the nth connection is the nth, of later ones the last. For specs.
 */
export async function scriptedServer(...scripts: Script[]) {
  const mails: string[] = [];
  const sockets: Socket[] = [];
  const heard: string[] = [];
  const server = createServer((socket) => {
    const script = scripts[Math.min(sockets.length, scripts.length - 1)] ?? {};
    sockets.push(socket);
    const say = (reply: string) => (reply === 'cut' ? socket.destroy() : reply === 'hang' ? undefined : socket.write(`${reply}\r\n`));
    let pending = '';
    let inMail = false;
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      pending += chunk.toString('latin1');
      for (;;) {
        if (inMail && script.body) return void say(script.body);
        const end = inMail ? '\r\n.\r\n' : '\r\n';
        const at = pending.indexOf(end);
        if (at < 0) return;
        const piece = pending.slice(0, at);
        pending = pending.slice(at + end.length);
        heard.push(inMail ? '.' : piece.toUpperCase());
        if (inMail) {
          mails.push(piece.replaceAll('\r\n..', '\r\n.'));
          inMail = false;
          say(script.dot ?? '250 taken');
        } else if (/^EHLO/i.test(piece)) say(script.auth ? '250-here\r\n250 AUTH PLAIN' : '250 here');
        else if (/^AUTH/i.test(piece)) say(script.auth ?? '235 in');
        else if (/^MAIL/i.test(piece)) say(script.mail ?? '250 from');
        else if (/^RCPT/i.test(piece)) say(script.rcpt ?? '250 to');
        else if (/^DATA/i.test(piece)) {
          const reply = script.data ?? '354 go on';
          inMail = reply.startsWith('354');
          say(reply);
        } else say('250 fine');
      }
    });
    say(script.greeting ?? '220 here');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    mails,
    heard,
    sockets,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
