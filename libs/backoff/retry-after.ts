/** A `Retry-After`, seconds or a date (RFC 9110, 10.2.3), as milliseconds from now; undefined where it is none. */
export function retryAfterMs(value: string | readonly string[] | undefined): number | undefined {
  if (typeof value !== 'string') return undefined;
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}
