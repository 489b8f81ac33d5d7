import type { Readable } from 'node:stream';
import nodemailer, { type SendMailOptions } from 'nodemailer';
import type { Outcome } from '#libs/work';
import { isPlainAddress } from './address.js';
import type { Mail } from './mail.js';
import { outcomeOf, type SmtpError } from './smtp-outcome.js';

export interface Mailer {
  /**
   * Hands one mail to the SMTP server. `messageId` is its part before the `@`, and the same on every try, so that a receiver can tell a
   * mail that came twice. Aborting closes its connection; the outcome then says whether the mail may have gone out. Never throws.
   */
  send(mail: Mail, options: { messageId: string }, signal: AbortSignal): Promise<Outcome<{ response: string }>>;
  /** Mails under way are finished, later ones fail. */
  close(): void;
}

export interface MailerOptions {
  /** An address, or `Name <address>`. */
  readonly from: string;
  /** What Message-IDs end in. */
  readonly domain: string;
  /** How many connections are kept, each with one mail under way. */
  readonly connections?: number;
}

/** A pool of connections to the server named by `smtpUrl` (`smtp:`, or `smtps:` for TLS from the first byte). */
export function makeMailer(smtpUrl: string, { from, domain, connections = 5 }: MailerOptions): Mailer {
  const transport = nodemailer.createTransport({
    url: smtpUrl,
    pool: true,
    maxConnections: connections,
    // The one repetition left to nodemailer: on a kept connection that the server has closed meanwhile, with no byte of the mail sent.
    maxRequeues: 1,
    connectionTimeout: 10_000,
    greetingTimeout: 10_000,
    dnsTimeout: 10_000,
    socketTimeout: 30_000,
    ...onThisMachine(smtpUrl),
  });
  // Keeps hold of the stream that goes to the server; a repeated mail has a second one.
  transport.use('stream', (mail, done) => {
    const { streams } = mail.data as unknown as { streams: Readable[] };
    mail.message.processFunc((stream: Readable) => (streams.push(stream), stream));
    done();
  });

  return {
    async send(mail, { messageId }, signal) {
      const { to, subject, text, html } = mail;
      if (!isPlainAddress(to.address)) return { refused: 'the receiver is not one plain address' };
      if (!/^[A-Za-z0-9._-]+$/.test(messageId)) return { refused: 'the message id has a character that none of ours has' };
      const streams: Readable[] = [];
      try {
        const { response } = await transport.sendMail({
          from,
          to: { name: to.name, address: to.address },
          subject,
          text,
          html,
          attachments: mail.attachments.map((part) => ({ ...part, contentDisposition: 'inline' })),
          messageId: `<${messageId}@${domain}>`,
          headers: { 'Auto-Submitted': 'auto-generated' },
          disableFileAccess: true,
          disableUrlAccess: true,
          signal,
          streams,
        } as SendMailOptions);
        return { done: { response: anonymous(response, to.address) } };
      } catch (thrown) {
        const error = thrown as SmtpError;
        error.message = anonymous(error.message, to.address);
        // The closing dot is written once the whole mail has been read: before that the server cannot have taken it.
        const handedOver = streams.some((stream) => stream.readableEnded);
        return outcomeOf(error, handedOver);
      }
    },
    close: () => transport.close(),
  };
}

/** Servers like to name whom they don't know, and what they say goes into events and logs. */
const anonymous = (said: string, address: string) =>
  said.replaceAll(new RegExp(address.replaceAll(/[.*+?^${}|]/g, '\\$&'), 'gi'), 'the receiver');

/** A server on this machine has a certificate for no name of its own, and nobody is in between. */
function onThisMachine(smtpUrl: string) {
  const { hostname, protocol } = new URL(smtpUrl);
  if (!/^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname)) return {};
  return { ignoreTLS: protocol === 'smtp:', tls: { rejectUnauthorized: false } };
}
