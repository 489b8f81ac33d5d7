import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { letters, type FullLetter, type Page, type Letter } from './letters.js';
import { openMailbox } from './mailbox.js';
import { judgeReceivers, refusal } from './receivers.js';

/** The consolidated host's own SMTP server, and what came to it. Also the token to inject it by. */
export abstract class Inbox {
  /** For `SMTP_URL`. */
  abstract readonly smtpUrl: string;
  /** Newest first; `next` is the `after` of the next page. */
  abstract list(page: Page): Promise<{ items: Letter[]; next: string | null }>;
  abstract get(id: string): Promise<FullLetter | undefined>;
  /** The mail's bytes, its envelope in header lines before them. */
  abstract raw(id: string): Promise<Buffer | undefined>;
  /** Takes no more mails; those under way get two seconds. */
  abstract close(): Promise<void>;
}

export interface InboxOptions {
  /** Where mails are kept. Made if it isn't there. */
  readonly dir: string;
  /** 0, and the default: a free one. */
  readonly port?: number;
  /** How many mails are kept: the newest 5,000 unless said. */
  readonly keep?: number;
}

const maxBytes = 25 * 1024 * 1024;

/** Listens on loopback only: it takes mail from anybody, for anybody. A mail is on the disk before it is acknowledged. */
export async function startInbox({ dir, port = 0, keep = 5_000 }: InboxOptions): Promise<Inbox> {
  const mailbox = await openMailbox(dir, { bytes: maxBytes, mails: keep });
  const server = new SMTPServer({
    authOptional: true,
    // Encryption to oneself would need a certificate that somebody trusts.
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    size: maxBytes,
    closeTimeout: 2_000,
    onRcptTo: judgeReceivers(),
    onData(mail, { envelope }, answer) {
      const from = envelope.mailFrom ? envelope.mailFrom.address : '';
      const to = envelope.rcptTo.map(({ address }) => address);
      mailbox.put({ from, to }, mail).then(
        (id) => (id === 'too-large' ? answer(refusal(552, 'more than 25 MiB')) : answer(null, `kept as ${id}`)),
        () => answer(refusal(451, 'could not be kept')),
      );
    },
  });
  await new Promise<void>((listening, refused) => {
    server.once('error', refused);
    server.listen(port, '127.0.0.1', listening);
  });
  // From here on errors are of connections that broke: their clients' affair.
  server.on('error', () => {});

  return {
    smtpUrl: `smtp://127.0.0.1:${(server.server.address() as AddressInfo).port}`,
    ...letters(mailbox),
    raw: (id) => mailbox.read(id),
    close: () => new Promise((closed) => server.close(() => closed())),
  };
}
