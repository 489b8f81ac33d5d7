import { Problem, readJson } from '#libs/host';
import type { Candidate } from './candidate.js';
import type { JsonLine } from './json-lines.js';

/** A line is one candidate: a body of `POST /orders` and its `reference`. */
export function jsonCandidate({ line, bytes }: JsonLine): Candidate {
  const read = bytes ? unlessRefused(bytes) : { fault: 'This line has more than 1 MiB.' };
  const is = { line, rows: 1, lineOf: () => line, nameOf: (pointer: string) => pointer };
  if ('fault' in read) return { ...is, reference: undefined, body: undefined, faults: [{ line, reason: read.fault }] };
  const { value } = read;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { ...is, reference: undefined, body: undefined, faults: [{ line, reason: 'This line is no JSON object.' }] };
  }
  const { reference, ...body } = value as Record<string, unknown>;
  return { ...is, reference: typeof reference === 'string' && reference !== '' ? reference : undefined, body, faults: [] };
}

function unlessRefused(bytes: Buffer): { value: unknown } | { fault: string } {
  try {
    return { value: readJson(bytes) };
  } catch (refused) {
    if (refused instanceof Problem) return { fault: refused.detail.replace('The body', 'This line') };
    throw refused;
  }
}
