import { pino, type DestinationStream, type Logger } from 'pino';
import { pretty } from './pretty.js';

/** The log of a process (pino's), and its own injection token. */
// oxlint-disable no-unsafe-declaration-merging -- nothing is ever constructed from it; the class is only the token.
export abstract class Log {}
export interface Log extends Logger {}

export interface LogOptions {
  level: string;
  /** A readable line for people instead of a JSON object. */
  readable: boolean;
  role: string;
  instance: string;
  /** Where lines go; standard output if left out. */
  to?: DestinationStream;
}

/** One line an event. */
export function createLog({ level, readable, role, instance, to = standardOutput() }: LogOptions): Log {
  return pino(
    {
      level,
      base: { role, instance },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }), log: (event) => fitToTell(event) },
      errorKey: 'error',
      // In place of pino's own, which would take what is fit to tell for an error once more.
      serializers: { error: (told: unknown) => told, url: withoutToken },
    },
    readable ? { write: (line) => to.write(pretty(line)) } : to,
  ) as Log;
}

/**
 * What is said in one turn of the loop goes out in one write: a line an order, written one by one, was 5 % of what accepting one costs. The last
 * words of a process that exits are written; one that is killed takes those of its last turn along.
 */
let stdout: DestinationStream | undefined;
function standardOutput(): DestinationStream {
  if (stdout) return stdout;
  const out = pino.destination({ fd: 1, sync: true });
  let said = '';
  const write = (): void => {
    if (said) out.write(said);
    said = '';
  };
  process.on('exit', write);
  stdout = {
    write(line) {
      if (!said) setImmediate(write);
      said += line;
    },
  };
  return stdout;
}

const secretKeys = new Set(['authorization', 'token', 'password', 'card', 'cvc', 'email', 'callbackUrl', 'webhookSecret']);

/**
 * Without what stands under a secret's name, and with errors as they may be told, whatever their name; at the top or one level below. By hand: pino's
 * own, by paths with wildcards, is two thirds of what a line costs.
 */
function fitToTell(event: Record<string, unknown>, depth = 0): Record<string, unknown> {
  let told = event;
  for (const [key, value] of Object.entries(event)) {
    const shown = secretKeys.has(key) ? '[redacted]' : fit(value, depth);
    if (shown === value) continue;
    if (told === event) told = { ...event };
    told[key] = shown;
  }
  return told;
}

function fit(value: unknown, depth: number): unknown {
  if (value instanceof Error) return describe(value);
  return depth === 0 && isPlain(value) ? fitToTell(value, 1) : value;
}

const isPlain = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;

/** A URL, or any text with one in it, as it may be logged: the token that opens an order is cut out. */
export const withoutToken = (text: unknown): unknown =>
  typeof text === 'string' ? text.replace(/([?&#]token=)[^&\s"'#]*/g, '$1[redacted]') : text;

/**
 * An error as it may be logged. Only what says what went wrong and where: the other properties of a database's error hold the values of
 * a statement (`detail`, `parameters`), and so whatever a customer typed.
 */
export function describe(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return { message: withoutToken(String(error)) };
  const { code } = error as { code?: unknown };
  return {
    type: error.name,
    message: withoutToken(error.message),
    ...(typeof code === 'string' && { code }),
    stack: withoutToken(error.stack),
    ...(error.cause !== undefined && depth < 3 && { cause: describe(error.cause, depth + 1) }),
  };
}
