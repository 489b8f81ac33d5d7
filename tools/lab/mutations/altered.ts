/** A statement that has moved on since would be left as it is, and the mutation would break nothing: better to say so. */
export function altered(text: string, what: RegExp | string, by: string): string {
  const changed = text.replace(what, by);
  if (changed === text) throw new Error(`The mutation no longer fits this statement: ${text}`);
  return changed;
}
