import { createRequire } from 'node:module';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import pg from 'pg';
import { Dispatcher } from 'undici';
import type { Mutation } from '../mutations/mutation.js';

const require = createRequire(import.meta.url);

/** Told of each boundary as it is passed: `store:append:before`. It may not return. */
export type Pass = (boundary: string) => void;

type Query = { name?: string; text: string; values?: unknown[] };
type Method = (this: object, ...args: never[]) => unknown;

/**
 * Where a role ends and something else begins: PostgreSQL, Kafka, the world outside, SMTP. All are passed in the libraries' own prototypes, so
 * the shop's code knows nothing of it, and a call that is added to the shop tomorrow is found without being told of.
 */
export function watchBoundaries(pass: Pass, mutation: Mutation = {}): void {
  store(pass, mutation);
  bus(pass, mutation);
  world(pass, mutation);
  smtp(pass);
}

async function around<T>(pass: Pass, name: string, call: () => Promise<T>): Promise<T> {
  pass(`${name}:before`);
  const result = await call();
  pass(`${name}:after`);
  return result;
}

/** A commit is named after the last statement before it: `store:COMMIT of bookmarks-move`. */
const lastOf = new WeakMap<object, string>();

function nameOf(client: object, { name, text }: Query): string | undefined {
  if (name) lastOf.set(client, name);
  if (name) return `store:${name}`;
  if (text === 'COMMIT' || text === 'ROLLBACK') return `store:${text} of ${lastOf.get(client) ?? 'nothing'}`;
  return undefined;
}

function store(pass: Pass, { statement }: Mutation): void {
  const prototype = pg.Client.prototype as unknown as { query: Method };
  const query = prototype.query as (this: object, ...args: unknown[]) => Promise<unknown>;
  prototype.query = function (this: object, given: unknown, values: unknown, callback: unknown) {
    const asked = typeof given === 'string' ? { text: given } : (given as Query & { submit?: unknown });
    const name = 'submit' in asked ? undefined : nameOf(this, asked);
    if (!name) return query.call(this, given, values, callback);
    const ask = (changed: Query): Promise<unknown> => query.call(this, changed.name ? changed : changed.text);
    const answer = around(
      pass,
      name,
      () => (statement && asked.name ? statement({ ...asked }, ask as never) : ask(asked)) as Promise<unknown>,
    );
    const call = [values, callback].find((one) => typeof one === 'function') as ((error: unknown, result?: unknown) => void) | undefined;
    if (!call) return answer;
    answer.then(
      (result) => call(undefined, result),
      (error) => call(error),
    );
    return undefined;
  } as Method;
}

interface Sent {
  topicData?: { topic: string }[];
  groupId?: string;
}

/** Lanes have topics of their own and pass the same code. */
const plain = (topic: string): string => topic.replace(/\.(express|bulk)$/, '');

function bus(pass: Pass, { published, fetched }: Mutation): void {
  const broker = (require('kafkajs/src/broker/index.js') as { prototype: Record<string, Method> }).prototype;
  const groups = (require('kafkajs/src/consumer/consumerGroup.js') as { prototype: Record<string, Method> }).prototype;
  const wrap = (
    of: Record<string, Method>,
    method: string,
    name: (args: Sent, self: object) => string | undefined,
    change?: Change,
  ): void => {
    const call = of[method] as (this: object, ...args: unknown[]) => Promise<unknown>;
    of[method] = function (this: object, ...args: unknown[]) {
      const boundary = name(args[0] as Sent, this);
      const run = (): Promise<unknown> => call.apply(this, args);
      if (!boundary) return run();
      return around(pass, boundary, () => (change ? change(run, this) : run()));
    } as Method;
  };
  // The groups of a tail have random names.
  const group = (id: string): string | undefined => (id.startsWith('tail.') ? undefined : plain(id));
  wrap(
    broker,
    'produce',
    ({ topicData = [] }) => `bus:publish ${[...new Set(topicData.map(({ topic }) => plain(topic)))].join(' ')}`,
    published,
  );
  wrap(broker, 'offsetCommit', ({ groupId = '' }) => group(groupId) && `bus:commit ${group(groupId)}`);
  wrap(broker, 'joinGroup', ({ groupId = '' }) => group(groupId) && `bus:join ${group(groupId)}`);
  if (fetched) wrap(groups, 'fetch', () => 'bus:fetch', fetched);
}

type Change = (call: () => Promise<unknown>, self: object) => Promise<unknown>;

function world(pass: Pass, { request: change }: Mutation): void {
  const prototype = Dispatcher.prototype as unknown as { request: Method };
  const request = prototype.request as (this: object, options: Asked) => Promise<unknown>;
  prototype.request = function (this: object, options: Asked) {
    // A key is no name.
    const path = options.path.replace(/(operations)\/.*$/, '$1');
    return around(pass, `world:${options.method} ${path}`, () => request.call(this, change ? change(options) : options));
  } as unknown as Method;
}

interface Asked {
  method: string;
  path: string;
  headers: Record<string, string>;
}

type Answer = (this: object, said: unknown, callback: (...answer: unknown[]) => void) => void;

/** The steps of a conversation, by the methods of nodemailer that take them. Between the second and the third the server may have the mail, and nobody knows. */
const steps = { _setEnvelope: 'mail', _actionDATA: 'DATA', _actionSMTPStream: '250' };

function smtp(pass: Pass): void {
  const prototype = SMTPConnection.prototype as unknown as Record<string, Answer>;
  for (const [method, name] of Object.entries(steps)) {
    const step = prototype[method]!;
    prototype[method] = function (said, callback) {
      pass(`smtp:${name}:before`);
      step.call(this, said, (...answer) => {
        pass(`smtp:${name}:after`);
        callback(...answer);
      });
    };
  }
}
