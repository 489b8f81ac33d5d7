import pg from 'pg';
import { isOutage } from './outage.js';

/**
 * The one order in which locks are taken, each kind sorted by key. Whoever goes backwards is told so at once, instead of deadlocking
 * at night: unsorted batches were measured at 5 a second, sorted ones at 177.
 */
const ranks = ['bookmark', 'stock', 'stream', 'effect', 'lease'] as const;
export type Rank = (typeof ranks)[number];

/** One transaction on one connection. Inside it nothing else is asked of the database. */
export class Tx {
  private rank = 0;
  private readonly after: (() => void)[] = [];
  private over = false;

  constructor(private readonly client: pg.PoolClient) {}

  /** A statement with a name is parsed and planned once a connection: half the cost of one without. */
  async run<R extends pg.QueryResultRow>(name: string, text: string, values: readonly unknown[]): Promise<R[]> {
    // Its connection is another's by now: work that was no longer waited for must not write into a stranger's transaction.
    if (this.over) throw new Error('This transaction has ended.');
    return (await this.client.query<R>({ name, text, values: values as unknown[] })).rows;
  }

  /** Its connection goes back. */
  end(): void {
    this.over = true;
  }

  /** Says that locks of this kind are taken now. @throws {Error} if locks of a later kind are held already */
  locks(rank: Rank): void {
    const next = ranks.indexOf(rank);
    if (next < this.rank) throw new Error(`Locks out of order: ${rank} after ${ranks[this.rank]}`);
    this.rank = next;
  }

  /** Called once it is certain that the transaction stands. */
  onCommit(work: () => void): void {
    this.after.push(work);
  }

  committed(): void {
    for (const work of this.after) work();
  }
}

export interface DatabaseOptions {
  readonly url: string;
  /** At most so many connections. */
  readonly connections?: number;
  /** The database role to act as, where the login may take it on. */
  readonly role?: string;
  readonly onError?: (error: Error) => void;
}

/** The pool of connections to PostgreSQL, its own injection token. */
export class Database {
  private readonly pool: pg.Pool;

  constructor(private readonly options: DatabaseOptions) {
    this.pool = new pg.Pool({ ...connection(options), max: options.connections ?? 10 });
    // An idle connection that breaks is replaced; without a listener it would end the process.
    this.pool.on('error', (error) => options.onError?.(error));
  }

  /** All or nothing. A connection on which anything went wrong with the protocol is destroyed rather than given back. */
  async transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    const client = await this.pool.connect();
    let broken: Error | undefined;
    // The pool listens to idle connections alone. One that breaks between two of our statements is told of here, and by the next statement.
    const lost = (error: Error): void => void (broken = error);
    client.on('error', lost);
    const tx = new Tx(client);
    try {
      await client.query('BEGIN');
      const result = await work(tx);
      await client.query('COMMIT');
      tx.committed();
      return result;
    } catch (error) {
      tx.end();
      // Of a database that does not answer nothing more is asked: with its connection the transaction ends.
      if (isOutage(error)) broken ??= error as Error;
      else await client.query('ROLLBACK').catch(lost);
      throw error;
    } finally {
      tx.end();
      client.off('error', lost);
      client.release(broken);
    }
  }

  /** One statement, its own transaction. */
  async run<R extends pg.QueryResultRow>(name: string, text: string, values: readonly unknown[]): Promise<R[]> {
    return (await this.pool.query<R>({ name, text, values: values as unknown[] })).rows;
  }

  /**
   * Calls `heard` whenever somebody notifies the channel, and once more after each time the connection was lost: a hint to look, never the
   * only way to learn. Returns what ends it.
   */
  listen(channel: string, heard: () => void): () => Promise<void> {
    let ended = false;
    let client: pg.Client | undefined;
    let timer: NodeJS.Timeout | undefined;
    const connect = async (): Promise<void> => {
      client = new pg.Client(connection(this.options));
      const again = (): void => {
        client?.removeAllListeners();
        client?.on('error', () => {});
        if (!ended) timer = setTimeout(() => void connect(), 1_000);
      };
      client.once('error', again).once('end', again).on('notification', heard);
      try {
        await client.connect();
        await client.query(`LISTEN ${pg.escapeIdentifier(channel)}`);
        heard();
      } catch {
        again();
      }
    };
    void connect();
    return async () => {
      ended = true;
      clearTimeout(timer);
      await client?.end().catch(() => {});
    };
  }

  async ping(): Promise<void> {
    await this.pool.query('SELECT 1');
  }

  async close(): Promise<void> {
    await this.pool.end();
  }
}

function connection({ url, role }: DatabaseOptions): pg.ClientConfig {
  return {
    connectionString: url,
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
    // A half-open socket would hang for ever, and who waits at the front door is told after ten seconds: the client's limit lies above the server's.
    lock_timeout: 5_000,
    statement_timeout: 8_000,
    query_timeout: 9_000,
    idle_in_transaction_session_timeout: 30_000,
    // Generic plans: 8 to 16 % less work of the database, measured. They are made while tables are empty and kept for hours, so no table may
    // look cheap to scan. What is joined in bulk says by which keys it enters a table (`= ANY`, LATERAL with LIMIT, an upsert): on a fresh
    // database, 10,000 effects' ends took 1.8 s by a join of the planner's choice, 0.3 so.
    options: `-c plan_cache_mode=force_generic_plan -c enable_seqscan=off${role ? ` -c role=${role}` : ''}`,
  };
}
