import { createHttp, createLog, invalidAt, parseBody, Problem, problem, problemOf, sendProblem } from '#libs/host';
import type { Told } from '#libs/store';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { freezing, killing, resizing, type ShownPool, type ShownProcess, type ShownStack } from '../../apps/status/stack/stack.js';
import type { KeptAlive } from './kept-alive.js';
import type { Pool } from './pool.js';

export interface Controlled {
  /** Of all roles, each under its role's name. */
  readonly processes: () => readonly Pick<KeptAlive, 'name' | 'pid' | 'frozen' | 'kill' | 'freeze'>[];
  readonly pools: readonly Pick<Pool, 'role' | 'size' | 'instances' | 'set'>[];
  /** Whether processes may be killed and frozen. */
  readonly lab: boolean;
  /** Where Kafka may be wiped. */
  readonly wipe?: () => Promise<Told>;
  /** How many processes all pools together may have. */
  readonly room: number;
  readonly say: (sentence: string) => void;
}

interface Params {
  readonly role: string;
}

/**
 * By which the dashboard scales, kills and freezes what the stack has started: a door on loopback alone, for whoever has the key that stands in
 * its URL. Its bodies are those that the status service is sent.
 */
export async function startControl({
  processes,
  pools,
  lab,
  wipe,
  room,
  say,
}: Controlled): Promise<{ url: string; close(): Promise<void> }> {
  const key = randomBytes(32).toString('base64url');
  // The problems' own pages are the status service's: whoever is answered here is that service.
  const statusUrl = '';
  const http = createHttp({ statusUrl, trustProxy: false, corsOrigins: [], log: createLog({ ...nobody, level: 'silent' }) });
  http.addHook('onRequest', (request, reply, done) => {
    if (isTold(request, key)) done();
    else sendProblem(reply, problem('unauthorized'), statusUrl);
  });
  http.setErrorHandler((error, { method, url }, reply) => {
    if (!(error instanceof Problem)) say(`${method} ${url} has failed: ${error instanceof Error ? error.stack : String(error)}`);
    sendProblem(reply as FastifyReply, problemOf(error), statusUrl);
  });

  const poolOf = (role: string): Controlled['pools'][number] => {
    const found = pools.find((pool) => pool.role === role);
    if (!found) throw problem('not-found');
    return found;
  };
  const processOf = (role: string, pid?: number): ReturnType<Controlled['processes']>[number] => {
    const own = lab ? processes().filter(({ name }) => name === role) : [];
    if (own.length === 0) throw problem('not-found');
    const found = own.find((one) => (pid === undefined ? one.pid !== undefined : one.pid === pid));
    if (found) return found;
    if (pid !== undefined) throw invalidAt(['pid'], 'No process of this role has this number.');
    throw problem('unavailable', { detail: 'It has ended, and starts again in a moment.' });
  };

  http.get('/', async (): Promise<ShownStack> => ({
    lab,
    kafka: lab && wipe !== undefined,
    pools: pools.map(shownPool),
    processes: processes().map(shownProcess),
  }));
  http.put<{ Params: Params }>('/pools/:role', async ({ params, body }) => {
    const pool = poolOf(params.role);
    const wanted = parseBody(resizing, body);
    const others = pools.reduce((n, { size }) => n + size.max, -pool.size.max);
    if (wanted.max > pool.size.max && others + wanted.max > room)
      throw invalidAt(['max'], `The database has connections for ${room} of these processes, and ${others} may be of other roles.`);
    pool.set(wanted);
    return shownPool(pool);
  });
  http.post<{ Params: Params }>('/processes/:role/kill', async ({ params, body }) => {
    const { pid } = parseBody(killing, body ?? {});
    const one = processOf(params.role, pid);
    const was = shownProcess(one);
    one.kill();
    return was;
  });
  http.post<{ Params: Params }>('/processes/:role/freeze', async ({ params, body }) => {
    const { pid, seconds } = parseBody(freezing, body);
    const one = processOf(params.role, pid);
    if (params.role === 'status') throw invalidAt([], 'It is the status service that answers you: frozen, it could not.');
    one.freeze(seconds * 1_000);
    return shownProcess(one);
  });
  let wiping: Promise<Told> | undefined;
  http.post('/kafka/wipe', async () => {
    if (!lab || !wipe) throw problem('not-found');
    wiping ??= wipe().finally(() => (wiping = undefined));
    return wiping;
  });

  await http.listen({ host: '127.0.0.1', port: 0 });
  const { port } = http.server.address() as AddressInfo;
  return {
    url: `http://stack:${key}@127.0.0.1:${port}`,
    async close() {
      http.server.closeAllConnections();
      await http.close();
    },
  };
}

const nobody = { readable: false, role: 'stack', instance: 'stack' };

function isTold({ headers }: FastifyRequest, key: string): boolean {
  const hash = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(headers.authorization ?? ''), hash(`Basic ${btoa(`stack:${key}`)}`));
}

const shownPool = ({ role, size: { min, max, each }, instances }: Controlled['pools'][number]): ShownPool => ({
  role,
  processes: instances.length,
  min,
  max,
  each,
});

const shownProcess = ({ name, pid, frozen }: ReturnType<Controlled['processes']>[number]): ShownProcess => ({
  role: name,
  pid: pid ?? null,
  state: pid === undefined ? 'ended' : frozen ? 'frozen' : 'running',
});
