import { problem } from '#libs/host';
import type { Database } from '#libs/store';

/**
 * What was answered when this key was first sent.
 * @throws {Problem} `idempotency-key-reused` if it came with another body; `idempotency-key-in-use` if the answer is not to be had yet
 */
export async function keptAnswer<T>(db: Database, scope: string, key: string, fingerprint: Buffer): Promise<T> {
  const [row] = await db.run<{ fingerprint: Buffer; response: unknown }>(
    'idempotency',
    'SELECT fingerprint, response FROM idempotency WHERE scope = $1 AND key = $2',
    [scope, key],
  );
  if (!row) throw problem('idempotency-key-in-use', { headers: { 'retry-after': '1' } });
  if (!row.fingerprint.equals(fingerprint)) throw problem('idempotency-key-reused');
  return row.response as T;
}
