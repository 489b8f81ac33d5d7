const colours = [36, 33, 35, 32, 34, 31, 96, 93, 95, 92];
const width = 13;

/** One log of many processes: each line behind its speaker's name, in the speaker's colour where a terminal reads along. */
export function makeSay(
  names: readonly string[],
  { colour = process.stdout.isTTY === true, out = process.stdout as { write(text: string): unknown } } = {},
) {
  return (name: string, line: string): void => {
    const head = name.padEnd(width);
    const code = colours[Math.max(names.indexOf(name), 0) % colours.length];
    out.write(`${colour ? `\x1b[${code}m${head}\x1b[0m` : head} ${line}\n`);
  };
}
