const dayMs = 24 * 60 * 60_000;

/** The smallest UUIDv7 of a moment: before all that are given then or later. @param ms since 1970 */
export function firstIdAt(ms: number): string {
  const hex = Math.max(0, Math.floor(ms)).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`;
}

/** The same of so many days ago. */
export const firstIdOf = (daysAgo: number): string => firstIdAt(Date.now() - daysAgo * dayMs);
