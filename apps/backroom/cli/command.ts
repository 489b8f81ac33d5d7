import { parseArgs } from 'node:util';
import type { Shop } from './shop.js';

/** What an exit says to cron, systemd and scripts. */
export const exits = {
  done: 0,
  failed: 1,
  /** The command line is wrong: nothing was done. */
  usage: 2,
  /** sysexits' EX_TEMPFAIL: the job skips what would overlap, and a run is open. Later it will do. */
  running: 75,
  /** 128 + SIGINT. */
  interrupted: 130,
} as const;

export interface Option {
  /** Names its value in the help; left out, the option takes none. */
  readonly value?: string;
  readonly help: string;
}

/** Where a command speaks, and how. */
export interface Terminal {
  out(text: string): void;
  err(text: string): void;
  /** Whether `err` moves: bars only there. */
  readonly moves: boolean;
  /** Ctrl-C. */
  readonly interrupted: AbortSignal;
}

export interface Given extends Terminal {
  readonly args: readonly string[];
  text(option: string): string | undefined;
  has(option: string): boolean;
  /** With `--json` the value itself, otherwise what `lines` makes of it. */
  show<T>(value: T, lines: (value: T) => string): void;
  readonly env: NodeJS.ProcessEnv;
  /** Opened when first asked for. @throws {Error} one sentence if there is none */
  shop(): Promise<Shop>;
}

export interface Command {
  /** One word or two: `jobs run`. */
  readonly name: string;
  /** `NAME`; `[NAME]` may be left out, and `ID…` may be many. */
  readonly args?: readonly string[];
  readonly summary: string;
  /** What else there is to know: a sentence or two, an example. */
  readonly more?: string;
  readonly options?: Readonly<Record<string, Option>>;
  /** @returns how it ended; nothing: done */
  run(given: Given): Promise<number | void>;
}

/** What is wrong with the command line. */
export class UsageError extends Error {}

const everywhere: Readonly<Record<string, Option>> = {
  json: { help: 'JSON, for programs.' },
  help: { help: 'This text.' },
};

/** @throws {UsageError} naming what is wrong */
export function parse(command: Command, argv: readonly string[]) {
  const options = Object.fromEntries(
    Object.entries({ ...everywhere, ...command.options }).map(([name, { value }]) => [
      name,
      { type: value ? ('string' as const) : ('boolean' as const), ...(name === 'help' && { short: 'h' }) },
    ]),
  );
  try {
    const { values, positionals } = parseArgs({ args: [...argv], options, allowPositionals: true });
    if (!values.help) checkCount(command, positionals);
    return { values: values as Readonly<Record<string, string | boolean | undefined>>, args: positionals };
  } catch (error) {
    if (error instanceof UsageError) throw error;
    // Node's second sentence is about how to write what nobody has meant.
    throw new UsageError(`${(error as Error).message.split(/[.'] (?=To specify)|\n/)[0]!.replace(/\.?$/, '')}.`);
  }
}

function checkCount({ args = [] }: Command, given: readonly string[]): void {
  const missing = args.filter((arg) => !arg.startsWith('['))[given.length];
  if (missing) throw new UsageError(`${missing.replace('…', '')} is missing.`);
  if (given.length > args.length && !args.at(-1)?.includes('…')) throw new UsageError(`“${given[args.length]}” is one argument too many.`);
}

const exitCodes = 'Exit codes: 0 done; 1 failed; 2 the command line is wrong; 75 not now, as a run of this job is open; 130 interrupted.';

/** Of one command. */
export function helpOf({ name, args = [], summary, more, options }: Command): string {
  const all = Object.entries({ ...options, ...everywhere });
  const named = all.map(([option, { value, help }]) => [`--${option}${value ? ` ${value}` : ''}`, help] as const);
  return [
    `backroom ${[name, ...args].join(' ')} [options]`,
    '',
    summary,
    ...(more ? ['', more] : []),
    '',
    columns(named),
    '',
    exitCodes,
    '',
  ].join('\n');
}

/** Of all commands that begin with these words. */
export function helpFor(commands: readonly Command[], words: readonly string[]): string {
  const group = words.length > 0 ? `${words.join(' ')} ` : '';
  const rows = commands.map(({ name, args = [], summary }) => [[name, ...args].join(' '), summary] as const);
  return [
    `backroom ${group}<command> [options]`,
    '',
    columns(rows),
    '',
    'backroom <command> --help tells more. --json prints JSON.',
    'It works on DATABASE_URL; without one, on the shop of DATA_DIR that is running.',
    exitCodes,
    '',
  ].join('\n');
}

/** Rows under each other; the last column as wide as it is. */
export function columns(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, n) => Math.max(...rows.map((row) => row[n]!.length)));
  return rows.map((row) => `  ${row.map((cell, n) => (n === row.length - 1 ? cell : cell.padEnd(widths[n]! + 2))).join('')}`).join('\n');
}
