import { hash, randomBytes } from 'node:crypto';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Book } from './book.js';
import { type Fault, type Faults, spend } from './faults.js';
import type { Answer, Entry, Operation, Service } from './service.js';

export interface Desk<K extends object> {
  readonly book: Book<K>;
  readonly faults: Faults;
  /** Between the booking and the answer, in milliseconds. */
  readonly delayMs: number;
}

type Body = Readonly<Record<'orderId' | 'accountId', string>>;

const unavailable: Answer = { status: 503, body: { outcome: 'error', code: 'unavailable' } };

/**
 * The routes of a service: its operations, what became of a key, and its ledger.
 *
 * An operation is booked first and answered after the delay, so a caller that gives up or dies meanwhile finds it by its key.
 */
export function serve<K extends object>(app: FastifyInstance, service: Service<K>, { book, faults, delayMs }: Desk<K>): void {
  // Of a whole body only a salted hash is held, in memory, and no longer than the process: a card or an address could be guessed from more.
  const salt = randomBytes(16).toString('base64');
  const asked = new Map<string, string>();

  const isRepeat = (entry: Entry<K>, operation: Operation<K>, body: Body, print: string) =>
    entry.operation === operation.name &&
    entry.orderId === body[operation.about ?? 'orderId'] &&
    (asked.has(entry.key) ? asked.get(entry.key) === print : JSON.stringify(entry.kept) === JSON.stringify(operation.keep(body as never)));

  for (const operation of service.operations) {
    const { name, path } = operation;
    app.post<{ Body: Body }>(`/${service.name}/${path}`, { schema: { body: operation.body } }, (request, reply) => {
      const { body } = request;
      const key = request.headers['idempotency-key'];
      if (typeof key !== 'string' || key.length < 1 || key.length > 255)
        return void reply.code(400).send({ error: 'an Idempotency-Key of 1 to 255 characters is needed' });

      const orderId = body[operation.about ?? 'orderId'];
      const fault = faults.of(service.name, name, orderId);
      if (isCutOff(fault, reply)) return;

      const print = hash('sha256', salt + canonical(body), 'base64');
      let entry = book.ofKey(key);
      if (entry && !isRepeat(entry, operation, body, print))
        return void reply.code(422).send({ outcome: 'refused', code: 'idempotency_key_reused' });
      if (!entry) {
        const answer = spend(fault, 'failNext') ? unavailable : operation.decide(body as never, book.ofOrder(orderId));
        const kept = operation.keep(body as never);
        const at = new Date().toISOString();
        entry = book.add({ key, orderId, operation: name, at, status: answer.status, body: answer.body, kept });
        asked.set(key, print);
      }
      answer(reply, entry.status, entry.body, fault, fault?.delayMs ?? delayMs);
    });
  }

  app.get<{ Params: { key: string } }>(`/${service.name}/operations/:key`, (request, reply) => {
    const entry = book.ofKey(request.params.key);
    const fault = faults.of(service.name, 'lookup', entry?.orderId);
    if (isCutOff(fault, reply)) return;
    if (spend(fault, 'failNext')) answer(reply, 503, unavailable.body, fault, fault?.delayMs ?? 0);
    else if (entry) answer(reply, 200, { status: entry.status, body: entry.body }, fault, fault?.delayMs ?? 0);
    else answer(reply, 404, { error: 'no operation of this key' }, fault, fault?.delayMs ?? 0);
  });

  app.get<{ Querystring: { orderId?: string } }>(`/${service.name}/ledger`, ({ query }) => ({
    items: Array.from(query.orderId === undefined ? book.all() : book.ofOrder(query.orderId), service.item),
  }));
}

function isCutOff(fault: Fault | undefined, reply: FastifyReply): boolean {
  if (!fault?.refuse && !fault?.hang) return false;
  reply.hijack();
  if (fault.refuse) reply.request.raw.socket.destroy();
  return true;
}

function answer(reply: FastifyReply, status: number, body: object, fault: Fault | undefined, delayMs: number): void {
  const lost = spend(fault, 'loseAnswers');
  const send = () => {
    if (!lost) return void reply.code(status).send(body);
    reply.hijack();
    reply.request.raw.socket.destroy();
  };
  if (delayMs > 0) setTimeout(send, delayMs).unref();
  else send();
}

/** JSON with its keys sorted: a caller that read its request back from a database may send its fields in another order. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const fields = value as Record<string, unknown>;
  return `{${Object.keys(fields)
    .sort()
    .map((name) => `${JSON.stringify(name)}:${canonical(fields[name])}`)
    .join()}}`;
}
