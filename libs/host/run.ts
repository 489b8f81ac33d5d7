import { hostname } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Deaths, type Freezing } from './deaths.js';
import { makeIsEcho } from './echo.js';
import { SettingsError } from './settings.js';
import { nameOf, settingsOf, start, type Role, type Running, type StartOptions } from './start.js';
import { StartUpError } from './start-up.js';
import { version } from './version.js';

export interface RunOptions extends StartOptions {
  /** The process' own, unless a test plays process. */
  on?: (event: 'SIGTERM' | 'SIGINT' | 'uncaughtException' | 'unhandledRejection', listener: (what: unknown) => void) => unknown;
  exit?: (code: number) => void;
  say?: (sentence: string) => void;
  /** Of this build. */
  version?: string;
  freezing?: Freezing;
}

/**
 * The whole life of a process: starts the roles, stops them on SIGTERM or SIGINT and exits: 0 after a clean stop, 1 after anything else.
 * A second signal, a stop that takes longer than STOP_WITHIN_SECONDS, or an error nobody caught ends it at once. What it leaves open is
 * found and settled by the others; a process that goes on in an unknown state is worse.
 *
 * Who has died some times before it was ready is frozen for a while, by whomever it is started again: it runs nothing of its roles, and says so.
 */
export async function run(roles: readonly Role[], options: RunOptions = {}): Promise<void> {
  const {
    on = (event, listener) => process.on(event, listener),
    exit = (code) => process.exit(code),
    say = (sentence) => process.stderr.write(`${sentence}\n`),
  } = options;
  let running: Running | undefined;
  let deaths: Deaths | undefined;
  let signals = 0;
  const told = new AbortController();
  const isEcho = makeIsEcho();
  const starting = bringUp();

  async function bringUp(): Promise<Running> {
    const settings = settingsOf(roles, options);
    const file = `${nameOf(roles)}-${hostname()}-${settings.PORT}.json`;
    deaths = new Deaths(path.join(settings.DATA_DIR, 'starts', file), options.version ?? version(), options.freezing);
    const { pauseMs, count, why } = deaths;
    if (pauseMs > 0 && !settings.FREEZE) {
      const until = new Date(Date.now() + pauseMs).toISOString();
      const frozen = await start(roles, {
        ...options,
        frozen: `it has died ${count} times before it was ready, and tries again at ${until}`,
      });
      frozen.host.log.error({ url: frozen.url, why }, `Takes no work: ${frozen.frozen}.`);
      running = frozen;
      await sleep(pauseMs, undefined, { signal: told.signal }).catch(() => {});
      if (told.signal.aborted) return frozen;
      await frozen.stop();
      told.signal.throwIfAborted();
      running = undefined;
    }
    deaths.begin();
    const started = await start(roles, { ...options, signal: told.signal });
    deaths.forget();
    return started;
  }

  const stop = async (signal: unknown): Promise<void> => {
    if (isEcho(signal)) return;
    signals += 1;
    if (signals > 1) return exit(1);
    const seconds = running?.host.settings.STOP_WITHIN_SECONDS ?? 10;
    const watchdog = setTimeout(() => {
      running?.host.log.error({ seconds }, 'did not stop in time');
      exit(1);
    }, seconds * 1000);
    told.abort();
    // Still starting: what it has started has to be closed again. If the start fails, that is told below.
    running ??= await starting.catch(() => undefined);
    if (!running) return clearTimeout(watchdog);
    const { log } = running.host;
    log.info({ signal }, 'stopping');
    try {
      await running.stop();
      log.info('stopped');
      exit(0);
    } catch (error) {
      log.error({ error }, 'did not stop cleanly');
      exit(1);
    } finally {
      clearTimeout(watchdog);
    }
  };
  const die = (error: unknown): void => {
    if (running) running.host.log.fatal({ error }, 'an error that nobody caught');
    else {
      deaths?.blame(sentenceOf(error));
      say(error instanceof Error ? (error.stack ?? error.message) : String(error));
    }
    void running?.host.lifecycle.stop();
    exit(1);
  };
  on('SIGTERM', (signal) => void stop(signal));
  on('SIGINT', (signal) => void stop(signal));
  on('uncaughtException', die);
  on('unhandledRejection', die);

  try {
    running = await starting;
    if (told.signal.aborted) return;
    const { log } = running.host;
    if (running.frozen) log.warn({ url: running.url }, `Takes no work: ${running.frozen}.`);
    else log.info({ url: running.url }, 'ready');
  } catch (error) {
    if (error === told.signal.reason) {
      deaths?.excuse();
      return exit(0);
    }
    const sentence = oneSentence(error);
    // What whoever started it can mend, or what is away, says nothing against this version.
    if ((sentence && !(error instanceof StartUpError)) || options.isOutage?.(error)) deaths?.excuse();
    else deaths?.blame(sentenceOf(error));
    say(sentence ?? (error as Error).stack ?? String(error));
    exit(1);
  }
}

const sentenceOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Where the person who started it can mend it. Of anything else we must see the whole stack. */
function oneSentence(error: unknown): string | undefined {
  if (error instanceof SettingsError || error instanceof StartUpError) return error.message;
  const { code, port, address } = error as NodeJS.ErrnoException & { port?: number; address?: string };
  if (code === 'EADDRINUSE') return `Port ${port} of ${address} is taken: stop what listens there, or set PORT to another.`;
  if (code === 'EACCES' && port !== undefined) return `Port ${port} may not be used by this user: set PORT to another.`;
  if (code === 'EADDRNOTAVAIL') return `${address} is no address of this machine: set HOST to another.`;
  return undefined;
}
