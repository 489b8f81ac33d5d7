import { parseArgs } from 'node:util';

export interface LabOptions {
  readonly minutes: number;
  readonly seed: string;
  readonly brokers: 1 | 3;
  readonly perSecond: number;
  /** Undefined: all. */
  readonly roles?: readonly string[];
  readonly faults: readonly string[];
  readonly mutate?: string;
  readonly json?: string;
  readonly keep: boolean;
}

export class Usage extends Error {}

export const usage = (faults: readonly string[], mutations: readonly string[]): string => `
npm run lab -- [options]

Starts the shop, a process a role, on a PostgreSQL, a Kafka and an outside of its own; sends customers; kills and freezes whatever it is
told to; heals everything, waits until all is settled, and checks from books that are not the shop's that no promise was broken.

  --minutes N      how long things go wrong (2, with --mutate 0.5; a warm-up and the settling come on top)
  --seed TEXT      what is ordered and which fault comes when (a new one; the report names it)
  --brokers 1|3    how many brokers the Kafka has (1)
  --rate N         orders a second, on average (3)
  --roles a,b      only these roles are killed and frozen (all)
  --faults a,b     only these faults, or \`none\` (all): ${faults.join(', ')}
                   boundaries: kill -9 just before or after a call of PostgreSQL, Kafka, the outside or SMTP, in all roles at once
  --mutate NAME    breaks the code and expects its check to go red; \`all\`: one after the other, or a list
                   ${mutations.join(', ')}
  --json FILE      the report for machines
  --keep           leaves the folder with logs, books and data
  --help

Exit code: 0 all checks are green (with --mutate: each mutation was seen), 1 not, 2 wrong usage. Ctrl-C stops and cleans up.
`;

const string = { type: 'string' } as const;
const boolean = { type: 'boolean' } as const;

/** @throws {Usage} a sentence; or, asked for help, all of it */
export function readOptions(
  args: readonly string[],
  known: { faults: readonly string[]; mutations: readonly string[]; roles: readonly string[] },
): LabOptions {
  const { values } = parse(args);
  if (values.help) throw new Usage(usage(known.faults, known.mutations));
  const list = (name: string, given: string | undefined, of: readonly string[]): readonly string[] | undefined => {
    const items = given?.split(',').map((item) => item.trim());
    const strange = items?.find((item) => !of.includes(item));
    if (strange !== undefined) throw new Usage(`--${name}: "${strange}" is none of ${of.join(', ')}.`);
    return items;
  };
  const number = (name: string, given: string | undefined, otherwise: number): number => {
    const read = given === undefined ? otherwise : Number(given);
    if (!(read > 0) || read > 600) throw new Usage(`--${name} must be a number above 0, not "${given}".`);
    return read;
  };
  const brokers = values.brokers ?? '1';
  if (brokers !== '1' && brokers !== '3') throw new Usage(`--brokers must be 1 or 3, not "${brokers}".`);
  if (values.mutate !== undefined && values.mutate !== 'all') list('mutate', values.mutate, known.mutations);
  return {
    minutes: number('minutes', values.minutes, values.mutate === undefined ? 2 : 0.5),
    seed: values.seed ?? Math.random().toString(36).slice(2, 8),
    brokers: brokers === '1' ? 1 : 3,
    perSecond: number('rate', values.rate, 3),
    roles: list('roles', values.roles, known.roles),
    faults: values.faults === 'none' ? [] : (list('faults', values.faults, known.faults) ?? known.faults),
    mutate: values.mutate,
    json: values.json,
    keep: values.keep ?? false,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        minutes: string,
        seed: string,
        brokers: string,
        rate: string,
        roles: string,
        faults: string,
        mutate: string,
        json: string,
        keep: boolean,
        help: boolean,
      },
    });
  } catch (error) {
    throw new Usage(`${(error as Error).message}\nSee npm run lab -- --help`);
  }
}
