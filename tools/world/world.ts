import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import Fastify, { type FastifyError, type FastifyInstance } from 'fastify';
import { type Book, openBook } from './book.js';
import { carrier } from './carrier.js';
import { serveFaults } from './faults.js';
import { gateway } from './gateway.js';
import { printer } from './printer.js';
import { serve } from './serve.js';
import type { Service, ServiceName } from './service.js';

export interface WorldOptions {
  /** 0: any free one. */
  readonly port: number;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Where the books are kept, one `{service}.ndjson` each. Made if absent; of one world at a time. */
  readonly dir: string;
  /** How long each service takes to answer, in milliseconds. Default 0. */
  readonly delays?: Partial<Readonly<Record<ServiceName, number>>>;
  readonly log?: { error(fields: object, text: string): void };
}

export interface World {
  readonly url: string;
  /** Cuts every connection, the hanging ones too. */
  close(): Promise<void>;
}

/** The outside of the shop: a bank's payment gateway, a printer and a carrier. Rejects if the port is taken or a book can't be read. */
export async function startWorld({ port, host = '127.0.0.1', dir, delays = {}, log }: WorldOptions): Promise<World> {
  const app = Fastify({
    logger: false,
    forceCloseConnections: true,
    // Keys may be as long as 255 characters, percent-encoded.
    routerOptions: { maxParamLength: 1024 },
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false, useDefaults: false } },
  });
  app.setErrorHandler((error: FastifyError, _request, reply) => {
    const status = error.statusCode ?? 500;
    if (status >= 500) log?.error({ code: error.code, reason: error.message }, 'the world could not answer');
    return reply.code(status).send({ error: status < 500 ? error.message : 'internal error' });
  });
  app.get('/health/live', () => ({ status: 'ok' }));

  const books: Book<object>[] = [];
  const names = ({ operations }: { operations: readonly { name: string }[] }) => operations.map(({ name }) => name);
  const faults = serveFaults(app, { gateway: names(gateway), printer: names(printer), carrier: names(carrier) });
  const open = <K extends object>(service: Service<K>) => {
    const book = openBook<K>(join(dir, `${service.name}.ndjson`));
    books.push(book as unknown as Book<object>);
    serve(app as FastifyInstance, service, { book, faults, delayMs: delays[service.name] ?? 0 });
  };
  const close = async () => {
    await app.close();
    for (const book of books.splice(0)) book.close();
  };

  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    open(gateway);
    open(printer);
    open(carrier);
    return { url: await app.listen({ port, host }), close };
  } catch (error) {
    await close();
    throw error;
  }
}
