/**
 * Not this work's fault, and not cured by leaving a stream out: the database is away, full, shutting down, or two batches met. What was
 * rolled back is tried again as it was, and nobody's attempts are counted.
 */
export function isOutage(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  if (typeof code === 'string') return /^(08(?!P01)|40|53|55P03|57|ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN)/.test(code);
  return (
    error instanceof Error &&
    /^(Connection terminated|Query read timeout|timeout exceeded when trying to connect|Cannot use a pool)/.test(error.message)
  );
}
