import { simpleParser } from 'mailparser';
import { receivedAt, type Kept, type Mailbox } from './mailbox.js';

/** A mail as it stands in a list. */
export interface Letter {
  readonly id: string;
  /** Whom it was delivered to, by the envelope. */
  readonly to: readonly string[];
  /** Who it says that wrote it. */
  readonly from: string;
  readonly subject: string;
  readonly at: string;
  /** Without its angle brackets. */
  readonly messageId: string | null;
  /** In a list its first 10,000 characters. */
  readonly text: string;
  /** Whether it has a body in HTML. */
  readonly html: boolean;
}

export interface FullLetter extends Letter {
  /** The HTML with its pictures in it as `data:`, so that it needs nothing from anywhere. */
  readonly body: string | undefined;
}

export interface Page {
  readonly limit: number;
  /** The id of the last mail of the page before. */
  readonly after?: string | undefined;
  /** Only what was delivered to this address. */
  readonly to?: string | undefined;
}

/** Reads the mails of a mailbox. What a list says of one is remembered, some 2 KB each, as reading a mail takes milliseconds. */
export function letters(mailbox: Mailbox) {
  const known = new Map<string, Letter>();

  const open = async (kept: Kept): Promise<FullLetter | undefined> => {
    const raw = await mailbox.read(kept.id);
    return raw && parse(kept, raw);
  };

  const glance = async (kept: Kept): Promise<Letter | undefined> => {
    const seen = known.get(kept.id);
    if (seen) return seen;
    const letter = await open(kept);
    if (!letter) return undefined;
    const { body: _, ...rest } = letter;
    const short = { ...rest, text: rest.text.slice(0, 10_000) };
    known.set(kept.id, short);
    return short;
  };

  return {
    async list({ limit, after, to }: Page): Promise<{ items: Letter[]; next: string | null }> {
      const all = mailbox.list();
      forget(known, all);
      const wanted = all.filter((mail) => (!after || mail.id < after) && (!to || mail.to.some((address) => same(address, to))));
      const page = wanted.slice(0, limit);
      const items: Letter[] = [];
      // One after the other: parsing is the event loop's work, and others share it.
      for (const mail of page) {
        const letter = await glance(mail);
        if (letter) items.push(letter);
      }
      return { items, next: wanted.length > limit ? page.at(-1)!.id : null };
    },
    async get(id: string): Promise<FullLetter | undefined> {
      const kept = mailbox.find(id);
      return kept && open(kept);
    },
  };
}

/** Any bytes are a mail, if a strange one. */
async function parse({ id, to }: Kept, raw: Buffer): Promise<FullLetter> {
  const mail = await simpleParser(raw, { skipTextToHtml: true });
  return {
    id,
    to,
    from: mail.from?.text ?? '',
    subject: mail.subject ?? '',
    at: receivedAt(id),
    messageId: mail.messageId?.replace(/^<|>$/g, '') ?? null,
    text: mail.text ?? '',
    html: Boolean(mail.html),
    body: mail.html || undefined,
  };
}

function forget(known: Map<string, Letter>, all: readonly Kept[]): void {
  const oldest = all.at(-1)?.id ?? '';
  for (const id of known.keys()) if (id < oldest || all.length === 0) known.delete(id);
}

const same = (one: string, other: string) => one.toLowerCase() === other.toLowerCase();
