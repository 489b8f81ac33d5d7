import { makeIsEcho } from './echo.js';
import { SettingsError } from './settings.js';
import { start, type Role, type Running, type StartOptions } from './start.js';

export interface RunOptions extends StartOptions {
  /** The process' own, unless a test plays process. */
  on?: (event: 'SIGTERM' | 'SIGINT' | 'uncaughtException' | 'unhandledRejection', listener: (what: unknown) => void) => unknown;
  exit?: (code: number) => void;
  say?: (sentence: string) => void;
}

/**
 * The whole life of a process: starts the roles, stops them on SIGTERM or SIGINT and exits: 0 after a clean stop, 1 after anything else.
 * A second signal, a stop that takes longer than STOP_WITHIN_SECONDS, or an error nobody caught ends it at once. What it leaves open is
 * found and settled by the others; a process that goes on in an unknown state is worse.
 */
export async function run(roles: readonly Role[], options: RunOptions = {}): Promise<void> {
  const {
    on = (event, listener) => process.on(event, listener),
    exit = (code) => process.exit(code),
    say = (sentence) => process.stderr.write(`${sentence}\n`),
  } = options;
  let running: Running | undefined;
  let signals = 0;
  const isEcho = makeIsEcho();
  const starting = start(roles, options);

  const stop = async (signal: unknown): Promise<void> => {
    if (isEcho(signal)) return;
    signals += 1;
    if (signals > 1) return exit(1);
    const seconds = running?.host.settings.STOP_WITHIN_SECONDS ?? 10;
    const watchdog = setTimeout(() => {
      running?.host.log.error({ seconds }, 'did not stop in time');
      exit(1);
    }, seconds * 1000);
    // Still starting: what it has started has to be closed again. If the start fails, that is told below.
    running ??= await starting.catch(() => undefined);
    if (!running) return;
    const { log } = running.host;
    log.info({ signal }, 'stopping');
    try {
      await running.stop();
      log.info('stopped');
      exit(0);
    } catch (error) {
      log.error({ err: error }, 'did not stop cleanly');
      exit(1);
    } finally {
      clearTimeout(watchdog);
    }
  };
  const die = (error: unknown): void => {
    if (running) running.host.log.fatal({ err: error }, 'an error that nobody caught');
    else say(error instanceof Error ? (error.stack ?? error.message) : String(error));
    void running?.host.lifecycle.stop();
    exit(1);
  };
  on('SIGTERM', (signal) => void stop(signal));
  on('SIGINT', (signal) => void stop(signal));
  on('uncaughtException', die);
  on('unhandledRejection', die);

  try {
    running = await starting;
    running.host.log.info({ url: running.url }, 'ready');
  } catch (error) {
    say(whyNot(error));
    exit(1);
  }
}

/** One sentence where the person who started it can mend it, the whole stack where we must. */
function whyNot(error: unknown): string {
  if (error instanceof SettingsError) return error.message;
  const { code, port, address, stack } = error as NodeJS.ErrnoException & { port?: number; address?: string };
  if (code === 'EADDRINUSE') return `Port ${port} of ${address} is taken: stop what listens there, or set PORT to another.`;
  if (code === 'EACCES' && port !== undefined) return `Port ${port} may not be used by this user: set PORT to another.`;
  if (code === 'EADDRNOTAVAIL') return `${address} is no address of this machine: set HOST to another.`;
  return stack ?? String(error);
}
