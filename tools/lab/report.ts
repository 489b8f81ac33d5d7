import { endOf } from './checks/ends.js';
import type { Evidence, Fact } from './evidence.js';
import type { Death } from './stack/role.js';

export interface CheckResult {
  readonly name: string;
  readonly says: string;
  readonly findings: readonly string[];
}

export interface Report {
  readonly seed: string;
  readonly minutes: number;
  readonly brokers: number;
  readonly mutation?: string;
  readonly tookSeconds: number;
  readonly seconds: Readonly<Record<string, number>>;
  readonly orders: Readonly<Record<string, number>>;
  readonly counts: Readonly<Record<'accepted' | 'seen' | 'events' | 'mails' | 'records', number>>;
  readonly faults: Readonly<Record<string, number>>;
  readonly timeline: Evidence['faults'];
  readonly boundaries: readonly {
    readonly role: string;
    readonly known: number;
    readonly hit: number;
    readonly missed: readonly string[];
  }[];
  /** Roles that ended though nobody had killed them. */
  readonly endedByThemselves: readonly string[];
  /** The longest times between two facts of an order. */
  readonly waits: readonly string[];
  readonly surprises: readonly string[];
  readonly checks: readonly CheckResult[];
}

interface Given {
  readonly seed: string;
  readonly minutes: number;
  readonly brokers: number;
  readonly mutation?: string;
  readonly seconds: Readonly<Record<string, number>>;
  readonly evidence: Evidence;
  readonly results: readonly CheckResult[];
  readonly known: ReadonlyMap<string, readonly string[]>;
  readonly deaths: readonly Death[];
  readonly surprises: readonly string[];
  readonly took: number;
}

export function report({ evidence, results, known, deaths, took, ...given }: Given): Report {
  const hit = new Set(deaths.flatMap(({ role, boundary }) => (boundary ? [`${role} ${boundary}`] : [])));
  const ends = evidence.accepted.map(({ id }) => endOf(evidence.streams.get(`order:${id}`) ?? []) ?? 'not ended');
  return {
    ...given,
    tookSeconds: took / 1000,
    orders: tally(ends),
    counts: {
      accepted: evidence.accepted.length,
      seen: evidence.seen.length,
      events: [...evidence.streams.values()].reduce((sum, facts) => sum + facts.length, 0),
      mails: evidence.mails.length,
      records: evidence.records.length,
    },
    timeline: evidence.faults,
    faults: tally(evidence.faults.map(({ whom, what, at }) => `${whom} ${what}${at ? ' at a boundary' : ''}`)),
    boundaries: [...known].map(([role, all]) => {
      const boundaries = [...new Set(all)];
      const missed = boundaries.filter((one) => !hit.has(`${role} ${one}`));
      return { role, known: boundaries.length, hit: boundaries.length - missed.length, missed };
    }),
    endedByThemselves: Object.entries(tally(deaths.flatMap(({ role, itself }) => (itself ? [`${role}: ${itself}`] : [])))).map(
      ([who, times]) => `${who} (${times})`,
    ),
    waits: waitsOf(evidence),
    checks: results,
  };
}

const tally = (items: readonly string[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const item of items.toSorted()) counts[item] = (counts[item] ?? 0) + 1;
  return counts;
};

/** With the faults that fell into them: a wait that none explains is worth a look. */
function waitsOf({ streams, faults }: Evidence): string[] {
  const time = (fact: Fact): number => Date.parse(fact.at);
  return [...streams]
    .flatMap(([stream, facts]) => facts.slice(1).map((fact, n) => ({ stream, before: facts[n]!, fact, ms: time(fact) - time(facts[n]!) })))
    .toSorted((a, b) => b.ms - a.ms)
    .slice(0, 8)
    .map(({ stream, before, fact, ms }) => {
      const meanwhile = tally(faults.filter(({ from, to }) => from <= time(fact) && to >= time(before)).map(({ whom }) => whom));
      const struck = Object.entries(meanwhile).map(([whom, times]) => (times > 1 ? `${whom} ×${times}` : whom));
      return `${(ms / 1000).toFixed(1)} s from ${before.type} to ${fact.type} of ${stream}, at ${fact.at}; struck meanwhile: ${struck.join(', ') || 'nobody'}`;
    });
}

export const isRed = ({ checks, surprises, boundaries: _, ...rest }: Report): boolean =>
  rest.counts.accepted === 0 || surprises.length > 0 || checks.some(({ findings }) => findings.length > 0);

const shown = 5;

/** For people. */
export function told(r: Report): string {
  const counts = (record: Readonly<Record<string, number>>): string =>
    Object.entries(record)
      .map(([what, times]) => `${times} ${what}`)
      .join(', ') || 'none';
  const [known, hit] = [r.boundaries.reduce((sum, one) => sum + one.known, 0), r.boundaries.reduce((sum, one) => sum + one.hit, 0)];
  const list = (lines: readonly string[], most = shown): string =>
    lines
      .slice(0, most)
      .map((line) => `\n      ${line}`)
      .join('') + (lines.length > most ? `\n      … and ${lines.length - most} more` : '');
  return `
  Seed ${r.seed}, ${r.brokers} broker${r.brokers > 1 ? 's' : ''}${r.mutation ? `, mutation ${r.mutation}` : ''}; ${r.tookSeconds.toFixed(0)} s (${Object.entries(
    r.seconds,
  )
    .map(([name, seconds]) => `${name} ${seconds.toFixed(0)}`)
    .join(', ')})

  Orders       ${r.counts.accepted} accepted: ${counts(r.orders)}
  Books        ${r.counts.events} events, ${r.counts.records} records in Kafka, ${r.counts.mails} mails, ${r.counts.seen} answers to readers
  Faults       ${counts(r.faults)}
  Boundaries   died at ${hit} of ${known}${r.boundaries.map(({ role, known, hit }) => `\n      ${role.padEnd(14)} ${hit} of ${known}`).join('')}
  Waits        the longest${list(r.waits, 3)}
${r.endedByThemselves.length ? `  Ended        by themselves: ${r.endedByThemselves.join(', ')}\n` : ''}${r.surprises.length ? `  Surprises    ${list(r.surprises)}\n` : ''}
${r.checks.map(({ name, says, findings }) => `  ${findings.length ? '✗' : '✓'} ${name.padEnd(10)} ${says}${list(findings)}`).join('\n')}
`;
}
