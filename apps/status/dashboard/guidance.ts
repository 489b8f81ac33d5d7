import { readFileSync } from 'node:fs';
import path from 'node:path';

/** Text, or what it leads to: a path from the project's top, or an address. */
export interface Piece {
  readonly text: string;
  readonly code?: true;
  readonly to?: string;
}

/** A row of the guidance: what it asks for, where it lives here, and the test that fails when it is broken. */
export interface GuidanceRow {
  readonly part: string;
  readonly says: readonly Piece[];
  readonly here: readonly Piece[];
  readonly keptBy: readonly Piece[];
}

/** The rows of docs/patterns.md, so that the page and the text cannot differ. The build lays it into dist/docs. */
export const readGuidance = (): GuidanceRow[] =>
  rowsOf(readFileSync(path.resolve(import.meta.dirname, '../../../docs/patterns.md'), 'utf8'));

/** @param text Markdown: tables of three columns beneath headings of the second order */
export function rowsOf(text: string): GuidanceRow[] {
  const rows: GuidanceRow[] = [];
  let part = '';
  for (const line of text.split('\n')) {
    if (line.startsWith('## ')) part = line.slice(3).trim();
    const cells = line.split('|').map((cell) => cell.trim());
    // The head of a table, and what rules it off.
    if (cells.length !== 5 || cells[1] === 'The guidance' || /^-+$/.test(cells[1]!)) continue;
    const [says, here, keptBy] = cells.slice(1, 4).map(piecesOf) as [Piece[], Piece[], Piece[]];
    rows.push({ part, says, here, keptBy });
  }
  return rows;
}

const markup = /\[([^\]]+)\]\(([^)]+)\)|`([^`]+)`|\*([^*]+)\*/g;

function piecesOf(cell: string): Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  for (const found of cell.matchAll(markup)) {
    if (found.index > from) pieces.push({ text: cell.slice(from, found.index) });
    const [all, label, href, code, emphasised] = found;
    const named = label && /^`[^`]+`$/.test(label);
    if (href !== undefined)
      pieces.push({ text: label!.replaceAll('`', ''), ...(named && { code: true as const }), to: href.replace(/^\.\.\//, '') });
    else pieces.push(code === undefined ? { text: emphasised! } : { text: code, code: true });
    from = found.index + all.length;
  }
  if (from < cell.length) pieces.push({ text: cell.slice(from) });
  return pieces;
}
