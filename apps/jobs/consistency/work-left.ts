/** So long nothing happens to a stream only if everybody has forgotten it, and an effect is given up within a day and a bit. */
const stillMs = 2 * 24 * 60 * 60_000;

export interface WorkLeft {
  readonly open: readonly { kind: string; at: string }[] | null;
  /** Somebody will look at it, or an operator has to. */
  readonly awaited: boolean;
  readonly now: string;
}

/** Columns: of the stream `w.stream`, whose way these consumers lead. */
export const workLeft = (consumers: readonly string[]): string => `
  to_json(now()) #>> '{}' AS now,
  (SELECT json_agg(json_build_object('kind', kind, 'at', at)) FROM effects WHERE key > w.stream || ':' AND key < w.stream || ';' AND state = 'open') AS open,
  EXISTS (SELECT FROM effects WHERE key > w.stream || ':' AND key < w.stream || ';' AND state IN ('open', 'dead'))
    OR EXISTS (SELECT FROM bookmarks WHERE consumer IN (${consumers.map((name) => `'${name}'`).join(', ')}) AND stream = w.stream AND (due IS NOT NULL OR dead_at IS NOT NULL))
    OR EXISTS (SELECT FROM parked WHERE stream = w.stream) AS awaited`;

/** What has been tried for too long, in words. */
export const triedTooLong = ({ open, now }: WorkLeft): string[] =>
  (open ?? [])
    .filter(({ at }) => Date.parse(now) - Date.parse(at) > stillMs)
    .map(({ kind, at }) => `It has ended, and “${kind}” is open since ${new Date(at).toISOString()}.`);

/** @param last when its last event happened */
export const forgotten = ({ awaited, now }: WorkLeft, last: string): boolean => !awaited && Date.parse(now) - Date.parse(last) > stillMs;
