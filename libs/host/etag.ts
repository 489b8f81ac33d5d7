/**
 * Whether `If-None-Match` names this tag: `*`, or a list that is compared weakly (RFC 9110, 13.1.2). What is no tag matches nothing.
 * @param etag with its quotes
 */
export function matches(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  // A tag may have a comma within its quotes.
  return header.trim() === '*' || [...header.matchAll(/(?:W\/)?("[^"]*")/g)].some(([, tag]) => tag === etag);
}
