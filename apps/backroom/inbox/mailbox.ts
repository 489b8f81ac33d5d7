import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import pLimit from 'p-limit';
import { v7 as uuidv7 } from 'uuid';

/** What the SMTP commands said, as against the mail's own headers. */
export interface Envelope {
  readonly from: string;
  readonly to: readonly string[];
}

export interface Kept {
  /** A UUIDv7: mails sort by when they came. */
  readonly id: string;
  readonly to: readonly string[];
}

export interface Mailbox {
  /** Newest first. */
  list(): readonly Kept[];
  find(id: string): Kept | undefined;
  /** The mail's bytes with the envelope before them; nothing if it is not, or no longer, kept. */
  read(id: string): Promise<Buffer | undefined>;
  /** Resolves with the id once the mail would outlive a power cut, or with `too-large`. Throws what the disk or the stream throws. */
  put(envelope: Envelope, mail: AsyncIterable<Buffer>): Promise<string>;
}

export interface Limits {
  /** Of a mail, in bytes. */
  readonly bytes: number;
  /** How many mails are kept: the newest. */
  readonly mails: number;
}

/**
 * A folder with one `.eml` a mail. The envelope stands before it in header lines (`Return-Path`, `Delivered-To`), as mail servers have
 * it: one file a mail, so a mail is there wholly or not at all.
 */
export async function openMailbox(dir: string, limits: Limits): Promise<Mailbox> {
  // Mails are letters to people: their host's user alone reads them.
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const kept = await recover(dir);
  const pathOf = (id: string) => join(dir, `${id}.eml`);

  const prune = async () => {
    const old = kept.splice(0, Math.max(0, kept.length - limits.mails));
    await Promise.all(old.map(({ id }) => rm(pathOf(id), { force: true })));
  };
  await prune();

  return {
    list: () => kept.toReversed(),
    find: (id) => kept.find((mail) => mail.id === id),
    read: (id) => (kept.some((mail) => mail.id === id) ? readFile(pathOf(id)).catch(nothing) : Promise.resolve(undefined)),
    async put(envelope, mail) {
      const draft = join(dir, `${uuidv7()}.draft`);
      try {
        if ((await write(draft, envelope, mail, limits.bytes)) > limits.bytes) return 'too-large';
        // Named when it is whole, not when it began to arrive: a long one must not appear behind a page already read.
        const id = uuidv7();
        await rename(draft, pathOf(id));
        await sync(dir);
        kept.splice(kept.findLastIndex((other) => other.id < id) + 1, 0, { id, to: envelope.to });
        await prune();
        return id;
      } finally {
        await rm(draft, { force: true });
      }
    },
  };
}

/** When a mail came: the first 48 bits of its id are milliseconds. */
export const receivedAt = (id: string): string => new Date(parseInt(id.replace('-', '').slice(0, 12), 16)).toISOString();

/** How many bytes the mail had. What is over the limit is read, because SMTP has no way of interrupting, but not written. */
async function write(path: string, envelope: Envelope, mail: AsyncIterable<Buffer>, limit: number): Promise<number> {
  let bytes = 0;
  async function* content() {
    yield Buffer.from(trace(envelope));
    for await (const chunk of mail) {
      bytes += chunk.length;
      if (bytes <= limit) yield chunk;
    }
  }
  const file = await open(path, 'wx', 0o600);
  try {
    for await (const chunk of content()) await file.appendFile(chunk);
    await file.sync();
  } finally {
    await file.close();
  }
  return bytes;
}

/** A rename is kept once the folder is. */
async function sync(dir: string): Promise<void> {
  const folder = await open(dir, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

const trace = ({ from, to }: Envelope) =>
  [`Return-Path: <${from}>`, ...to.map((address) => `Delivered-To: ${address}`), '']
    .map((line) => line.replace(/\p{Cc}/gu, ''))
    .join('\r\n');

/** What is in the folder, oldest first. Drafts are of mails whose sender was told nothing, so they are removed. */
async function recover(dir: string): Promise<Kept[]> {
  const names = await readdir(dir);
  await Promise.all(names.filter((name) => name.endsWith('.draft')).map((name) => rm(join(dir, name), { force: true })));
  const ids = names.filter((name) => name.endsWith('.eml')).map((name) => name.slice(0, -4));
  return pLimit(16).map(ids.sort(), async (id) => ({ id, to: await receivers(join(dir, `${id}.eml`)) }));
}

/** Enough for the envelope: the door takes ten receivers a mail, each of at most 254 characters. */
const head = 4096;

async function receivers(path: string): Promise<string[]> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(head), 0, head, 0);
    const lines = buffer.toString('utf8', 0, bytesRead).split('\r\n');
    const rest = lines.findIndex((line, n) => n > 0 && !line.startsWith('Delivered-To: '));
    return lines.slice(1, rest < 0 ? undefined : rest).map((line) => line.slice('Delivered-To: '.length));
  } finally {
    await file.close();
  }
}

function nothing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
