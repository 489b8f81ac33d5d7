import { loadavg } from 'node:os';

export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (sorted.length - 1) * q;
  const [low, high] = [sorted[Math.floor(at)]!, sorted[Math.ceil(at)]!];
  return low + (high - low) * (at - Math.floor(at));
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);

/** Three significant digits. */
export const figure = (value: number): string => (value >= 100 ? Math.round(value).toString() : Number(value.toPrecision(3)).toString());

/** Of the last minute: beside each figure, since a busy machine makes another one. */
export const load = (): string => loadavg()[0]!.toFixed(1);

/** Rows below one another, numbers to the right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows];
  const widths = head.map((_, n) => Math.max(...all.map((row) => row[n]!.length)));
  const line = (row: readonly string[]): string =>
    row.map((cell, n) => (n === 0 ? cell.padEnd(widths[n]!) : cell.padStart(widths[n]!))).join('  ');
  return [line(head), widths.map((width) => '─'.repeat(width)).join('  '), ...rows.map(line)].join('\n');
}

/** A ratio beside what it ought to be. */
export interface Ratio {
  readonly name: string;
  readonly value: number;
  readonly wanted?: { readonly atLeast?: number; readonly atMost?: number };
}

export function ratios(all: readonly Ratio[]): string {
  return table(
    ['ratio', 'is', 'wanted', ''],
    all.map(({ name, value, wanted }) => {
      const { atLeast, atMost } = wanted ?? {};
      const met = (atLeast === undefined || value >= atLeast) && (atMost === undefined || value <= atMost);
      const text = atLeast === undefined ? (atMost === undefined ? '' : `≤ ${atMost}`) : `≥ ${atLeast}`;
      return [name, value.toFixed(2), text, wanted ? (met ? '✓' : '✗') : ''];
    }),
  );
}
