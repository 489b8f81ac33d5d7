import { credentialOf, type Access } from '#libs/access';
import { problem } from '#libs/host';
import type { Database, Tx } from '#libs/store';
import type { FastifyRequest } from 'fastify';

/** A key, and where it counts: on its route, for whoever sent it. */
export interface Key {
  readonly scope: string;
  readonly key: string;
}

/** A request that is to have its consequence once, however often it is sent. */
export interface Once extends Key {
  /** An HMAC of its body: a plain hash of a body with a card in it is brute-forced in minutes. */
  readonly fingerprint: Buffer;
}

const keptForHours = 24;

/**
 * The key of a request, if it has one. A credential is no part of what is stored; its HMAC is.
 * @throws {Problem} `malformed` where the header is no key: 1 to 255 characters of printable ASCII
 */
export function keyOf(request: FastifyRequest, route: string, access: Access): Key | undefined {
  const header = request.headers['idempotency-key'];
  if (header === undefined) return undefined;
  if (typeof header !== 'string' || !/^[\x20-\x7e]{1,255}$/.test(header)) {
    throw problem('malformed', {
      detail: 'Idempotency-Key is 1 to 255 printable ASCII characters.',
      errors: [{ parameter: 'Idempotency-Key', detail: 'This is no key.' }],
    });
  }
  return { scope: route + whose(request, access), key: header };
}

/** An account is the same one when its key is another. */
function whose(request: FastifyRequest, access: Access): string {
  if (request.caller) return ` account:${request.caller.id}`;
  const credential = credentialOf(request);
  return credential === undefined ? '' : ` ${access.fingerprint(Buffer.from(credential)).toString('base64url')}`;
}

/**
 * The same with its body, as JSON came in: compared by its bytes.
 * @throws {Problem} as `keyOf`
 */
export function onceOf(request: FastifyRequest, route: string, access: Access): Once | undefined {
  const key = keyOf(request, route, access);
  return key && { ...key, fingerprint: access.fingerprint(request.rawBody ?? Buffer.alloc(0)) };
}

/**
 * Keeps an answer in the transaction of what it tells of: both are there, or neither is.
 * @returns whether the key was free. Where it was not, the transaction must come to nothing.
 */
export async function keepAnswer(tx: Tx, { scope, key, fingerprint }: Once, stream: string, response: object): Promise<boolean> {
  const kept = await tx.run(
    'idempotency-keep',
    'INSERT INTO idempotency (scope, key, stream, fingerprint, response) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING RETURNING 1 AS kept',
    [scope, key, stream, fingerprint, JSON.stringify(response)],
  );
  return kept.length === 1;
}

/**
 * What was answered when this key was first sent; `undefined` if it is free (again).
 * @throws {Problem} `idempotency-key-reused` if it came with another body
 */
export async function keptAnswer<T>(db: Database, { scope, key, fingerprint }: Once): Promise<T | undefined> {
  await db.run(
    'idempotency-expire',
    `DELETE FROM idempotency WHERE scope = $1 AND key = $2 AND at < now() - interval '${keptForHours} hours'`,
    [scope, key],
  );
  const [row] = await db.run<{ fingerprint: Buffer; response: unknown }>(
    'idempotency',
    'SELECT fingerprint, response FROM idempotency WHERE scope = $1 AND key = $2',
    [scope, key],
  );
  if (row && !row.fingerprint.equals(fingerprint)) throw problem('idempotency-key-reused');
  return row?.response as T | undefined;
}

/** Drops the answers nobody can ask for any more, a thousand at a time. @returns how many */
export async function dropExpired(db: Pick<Database, 'run'>): Promise<number> {
  const dropped = await db.run(
    'idempotency-drop',
    `DELETE FROM idempotency WHERE (scope, key) IN (
       SELECT scope, key FROM idempotency WHERE at < now() - interval '${keptForHours} hours' ORDER BY at LIMIT 1000)
     RETURNING 1 AS dropped`,
    [],
  );
  return dropped.length;
}
