import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

/** Not there, or not yet: no name, nobody listens, still starting (57P03), or ended in the middle of the greeting. */
const absent = new Set(['ENOTFOUND', 'EAI_AGAIN', 'ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'EHOSTUNREACH', '57P03', '57P01']);

/**
 * Waits until a database lets us in.
 * @throws {Error} at once where waiting does not help: a wrong password, a database that does not exist; else a sentence when the time is over
 */
export async function untilDatabase(url: string, withinMs: number): Promise<void> {
  for (const end = Date.now() + withinMs; ; await sleep(200)) {
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: Math.max(100, Math.min(5_000, end - Date.now())) });
    // It may break between the greeting and the end.
    client.on('error', () => {});
    try {
      await client.connect();
      return;
    } catch (error) {
      if (!isAbsent(error as NodeJS.ErrnoException)) throw error;
      if (Date.now() > end) throw new Error(`No database answered within ${withinMs / 1000} s.`, { cause: error });
    } finally {
      await client.end().catch(() => {});
    }
  }
}

function isAbsent({ code, message }: NodeJS.ErrnoException): boolean {
  return absent.has(code ?? '') || /timeout expired|Connection terminated/.test(message);
}
