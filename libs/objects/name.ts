const part = '[a-z0-9_-][a-z0-9._-]*';
const names = new RegExp(`^${part}(/${part})*$`);
const longest = 200;

/** Lower case only: there are file systems that take `A` for `a`. */
export function checkName(name: string): string {
  if (name.length > longest || !names.test(name)) throw new RangeError(`No name of an object: ${JSON.stringify(name.slice(0, longest))}`);
  return name;
}

/** The beginning of a name: empty, or a name with more to come, after a `/` too. */
export function checkPrefix(prefix: string): string {
  checkName(`${prefix}x`);
  return prefix;
}
