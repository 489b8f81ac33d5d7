const sockets = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND', 'EAI_AGAIN']);

/**
 * SQLSTATEs that say "not now": the connection (08, but for 08P01, which is our own mistake), its resources (53), the operator or a time
 * limit (57), a lock not had in time (55P03), a read-only standby after a fail-over (25006), a deadlock or conflict (40).
 * https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const sqlStates = /^(08(?!P01)...|53...|57...|55P03|25006|40001|40003|40P01)$/;

/** pg gives these no code. */
const messages =
  /^(Connection terminated|timeout exceeded when trying to connect|Query read timeout|Client has encountered a connection error|Client was closed and is not queryable|Cannot use a pool after calling end)/;

/**
 * Whether an error says that the database (or what else we need) is away, and not that we made a mistake: what was rolled back is tried
 * again as it was, nobody's attempts are counted, and a client is told 503. What wraps an error is looked through, TypeORM's way too.
 */
export function isOutage(error: unknown, depth = 0): boolean {
  if (!(error instanceof Error) || depth > 3) return false;
  const { code, syscall, driverError } = error as { code?: unknown; syscall?: unknown; driverError?: unknown };
  if (typeof code === 'string' && (sockets.has(code) || sqlStates.test(code) || (code === 'ENOENT' && syscall === 'connect'))) return true;
  return messages.test(error.message) || isOutage(driverError ?? error.cause, depth + 1);
}
