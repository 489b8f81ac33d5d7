import type { FastifyInstance } from 'fastify';
import type { ServiceName } from './service.js';

/**
 * A switch. It applies to the operations that fit `operation` and `orderId`; without them, to every operation of the service. Lookups go
 * on working unless `operation` is `lookup`, because what a lookup says after a fault is what most tests are about.
 */
export interface Fault {
  readonly operation?: string;
  readonly orderId?: string;
  /** Instead of the configured delay, in milliseconds. */
  readonly delayMs?: number;
  /** Accepts the request and never answers. Nothing happens. */
  readonly hang?: boolean;
  /** Destroys the connection before anything happens. */
  readonly refuse?: boolean;
  /** The next n new keys get a definite 503, which is kept under their key. */
  failNext?: number;
  /** The next n operations happen, but their connection is destroyed instead of an answer. */
  loseAnswers?: number;
}

export interface Faults {
  /** The one that fits best: by order before by operation before neither. */
  of(service: ServiceName, operation: string, orderId: string | undefined): Fault | undefined;
}

const services: readonly ServiceName[] = ['gateway', 'printer', 'carrier'];
const effects = {
  delayMs: { type: 'integer', minimum: 0 },
  hang: { type: 'boolean' },
  refuse: { type: 'boolean' },
  failNext: { type: 'integer', minimum: 1 },
  loseAnswers: { type: 'integer', minimum: 1 },
};
// A misspelt fault must not pass for a fault that was survived.
const body = {
  type: 'object',
  properties: { operation: { type: 'string' }, orderId: { type: 'string' }, ...effects },
  additionalProperties: false,
  anyOf: Object.keys(effects).map((effect) => ({ required: [effect] })),
};
const params = { type: 'object', properties: { service: { enum: services } } };

/** `PUT /faults/{service}` sets the switch for its operation and order, `GET /faults` shows what is set and left, `DELETE /faults` clears. */
export function serveFaults(app: FastifyInstance, operations: Readonly<Record<ServiceName, readonly string[]>>): Faults {
  const switches: Record<ServiceName, Fault[]> = { gateway: [], printer: [], carrier: [] };
  const precision = (fault: Fault) => (fault.orderId === undefined ? 0 : 2) + (fault.operation === undefined ? 0 : 1);

  app.get('/faults', () => switches);
  app.put<{ Params: { service: ServiceName }; Body: Fault }>(
    '/faults/:service',
    { schema: { params, body } },
    ({ params, body }, reply) => {
      const known = [...operations[params.service], 'lookup'];
      if (body.operation !== undefined && !known.includes(body.operation))
        return reply.code(400).send({ error: `operation must be one of ${known.join(', ')}` });
      const others = switches[params.service].filter((fault) => fault.operation !== body.operation || fault.orderId !== body.orderId);
      switches[params.service] = [...others, { ...body }].sort((a, b) => precision(b) - precision(a));
      return reply.send(switches);
    },
  );
  app.delete('/faults', (_request, reply) => {
    for (const service of services) switches[service] = [];
    return reply.code(204).send();
  });

  return {
    of: (service, operation, orderId) =>
      switches[service].find(
        (fault) =>
          (fault.operation === undefined ? operation !== 'lookup' : fault.operation === operation) &&
          (fault.orderId === undefined || fault.orderId === orderId),
      ),
  };
}

/** Takes one from a count that is set; says whether there was one. */
export function spend(fault: Fault | undefined, count: 'failNext' | 'loseAnswers'): boolean {
  if (!fault?.[count]) return false;
  fault[count]--;
  return true;
}
