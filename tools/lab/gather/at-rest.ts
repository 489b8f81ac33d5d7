import fs from 'node:fs';
import path from 'node:path';
import { asking } from './database.js';

/** Who holds what is personal, and what is sealed: nobody else may. */
const allowed = new Set(['personal', 'vault']);

/** Base64 hides a word at one of three places, depending on what stands before it. */
function inBase64(word: string): string[] {
  return [0, 1, 2].map((before) => {
    const text = Buffer.from(' '.repeat(before) + word).toString('base64url');
    // The first and last characters depend on the neighbours.
    return text.slice(before === 0 ? 0 : before + 1, -4);
  });
}

/** @returns in words, each place where one of the run's names, addresses or cards was found */
export async function personalAtRest(
  { url, folders }: { url: string; folders: readonly string[] },
  { mark, cardNumbers }: { mark: string; cardNumbers: readonly string[] },
): Promise<string[]> {
  const needles = [mark, mark.toUpperCase(), ...inBase64(mark), ...cardNumbers].map((word) => Buffer.from(word));
  const found: string[] = [];
  const search = (bytes: Buffer, where: string): void => {
    for (const needle of needles) {
      const at = bytes.indexOf(needle);
      if (at >= 0) found.push(`${where}: …${bytes.toString('latin1', Math.max(0, at - 60), at + 60).replace(/[^\x20-\x7e]+/g, ' ')}…`);
    }
  };
  for (const folder of folders) for (const file of filesBelow(folder)) eachPiece(file, (bytes) => search(bytes, file));
  await asking(url, async (client) => {
    const tables = await client.query<{ name: string }>(`SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY 1`);
    for (const { name } of tables.rows) {
      if (allowed.has(name)) continue;
      const { rows } = await client.query<{ row: string }>(`SELECT row_to_json(t)::text AS row FROM "${name}" t`);
      for (const { row } of rows) search(Buffer.from(row), `table ${name}`);
    }
  });
  return found;
}

const filesBelow = (folder: string): string[] =>
  fs.existsSync(folder)
    ? fs
        .readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => path.join(entry.parentPath, entry.name))
    : [];

const pieceBytes = 8 << 20;
const overlap = 64;

function eachPiece(file: string, look: (bytes: Buffer) => void): void {
  const fd = fs.openSync(file, 'r');
  try {
    const piece = Buffer.alloc(pieceBytes);
    for (let at = 0; ; at += pieceBytes - overlap) {
      const read = fs.readSync(fd, piece, 0, pieceBytes, at);
      look(piece.subarray(0, read));
      if (read < pieceBytes) return;
    }
  } finally {
    fs.closeSync(fd);
  }
}
