import { startPostgres, type Postgres, type PostgresOptions } from './start.js';

export interface KeptOptions extends Omit<PostgresOptions, 'onLost'> {
  /** It ended by itself, and is being started again. */
  readonly lost: (why: string) => void;
  /** It ends again and again, or does not come up: there is no database any more. */
  readonly over: (error: Error) => void;
}

/** So many ends by itself within that time, in milliseconds, are no chance. */
const tooOften = { times: 4, withinMs: 60_000 };

/** As `startPostgres`; and when it ends without having been told to (killed for want of memory, say) it starts again, on the same port and data. */
export const keepPostgres = async ({ lost, over, ...options }: KeptOptions): Promise<Postgres> => {
  const ends: number[] = [];
  let starting: Promise<void> | undefined;
  const again = (why: string): void => {
    const now = Date.now();
    ends.push(now);
    if (ends.filter((at) => now - at < tooOften.withinMs).length >= tooOften.times)
      return over(new Error(`PostgreSQL ends again and again. ${why}`));
    lost(why);
    starting = postgres.start().catch(({ message }: Error) => again(message));
  };
  const postgres = await startPostgres({ ...options, onLost: again });
  const { stop } = postgres;
  return Object.assign(postgres, {
    async stop(signal?: Parameters<typeof stop>[0]) {
      // One that is on its way up would be left behind.
      await starting;
      await stop(signal);
    },
  });
};
