import 'reflect-metadata';
import { randomBytes } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { hostname } from 'node:os';
import type { DynamicModule, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import type { DestinationStream } from 'pino';
import { exportSpans } from '#libs/trace';
import { Health } from './health.js';
import { HostModule, type Host } from './host-module.js';
import { FrozenModule } from './frozen.js';
import { createHttp } from './http.js';
import { Lifecycle } from './lifecycle.js';
import { createLog } from './log.js';
import { Metrics } from './metrics.js';
import { NestLog } from './nest-log.js';
import { tryPort } from './port.js';
import { ProblemFilter } from './problem-filter.js';
import { readSettings, type Settings, type SettingsDefaults } from './settings.js';
import { StartUp } from './start-up.js';
import { within } from './within.js';

type ShopModule = Type<unknown> | DynamicModule;

export interface Role {
  readonly name: string;
  /** Where it listens when it is alone in its process and PORT is not set. */
  readonly port: number;
  /** Loads it. One that cannot be loaded dies as one that cannot be started, and is not loaded while it is frozen. */
  module(): Promise<ShopModule>;
}

/** What the roles of a process share: the database, the bus. */
export interface Infrastructure {
  readonly modules: readonly ShopModule[];
  /** Called last, after the modules' own shutdown hooks, and also when the start fails. */
  close?(): Promise<void>;
}

export interface StartOptions {
  env?: NodeJS.ProcessEnv;
  /** Stand in for variables that are not set. */
  defaults?: SettingsDefaults;
  /** Made once the settings are read, before any module. */
  infrastructure?: (host: Host) => Infrastructure | Promise<Infrastructure>;
  /** In its place where nothing of the roles is run. */
  whileFrozen?: (host: Host) => Infrastructure;
  /** Nothing of the roles is run, and this is why. */
  frozen?: string;
  /** Whether an error says that something we need is away: then a start waits for it. */
  isOutage?: (error: unknown) => boolean;
  /** The start is given up. */
  signal?: AbortSignal;
  /** Where the log goes instead of standard output. */
  logTo?: DestinationStream;
}

export interface Running {
  readonly host: Host;
  readonly app: NestFastifyApplication;
  /** Where it listens. */
  readonly url: string;
  /** Why it takes no work for as long as it lives, where it is so. */
  readonly frozen: string | undefined;
  /** Not ready, ends streams, serves what is in flight, lets go of the port, then closes the modules. Safe to call twice. */
  stop(): Promise<void>;
}

/**
 * Brings the roles up in this process and listens.
 * @throws {SettingsError} before anything is started, as is told of a port that is taken; any other error once all that was started is closed.
 */
export async function start(roles: readonly Role[], options: StartOptions = {}): Promise<Running> {
  const host = hostOf(roles, options);
  await tryPort(host.settings.PORT, host.settings.HOST);
  const frozen = options.frozen ?? (host.settings.FREEZE ? 'FREEZE is set' : undefined);
  // Of a process with all roles the doors stay open: one sees by them that it is frozen.
  const shut = options.frozen !== undefined || (host.settings.FREEZE && roles.length === 1);
  const infrastructure = (await (shut ? options.whileFrozen : options.infrastructure)?.(host)) ?? { modules: [] };
  const lastSpans = await traced(host);
  const close = async (): Promise<void> => {
    await infrastructure.close?.();
    await lastSpans();
  };
  try {
    const modules = shut ? [FrozenModule] : await Promise.all(roles.map((role) => role.module()));
    return await serve(modules, host, { ...infrastructure, close }, { ...options, frozen });
  } catch (error) {
    await close();
    throw error;
  }
}

async function serve(
  roles: readonly ShopModule[],
  host: Host,
  infrastructure: Infrastructure,
  { frozen, isOutage = () => false, signal = new AbortController().signal }: StartOptions,
): Promise<Running> {
  const { settings, health, lifecycle, log, metrics, startUp } = host;
  const http = createHttp({
    statusUrl: settings.STATUS_URL,
    trustProxy: settings.TRUST_PROXY,
    corsOrigins: settings.CORS_ORIGINS,
    requestsPerMinute: settings.RATE_LIMIT_PER_MINUTE,
    log,
    metrics,
  });
  const imports = [HostModule.of(host), ...infrastructure.modules, ...roles];
  const app = await NestFactory.create<NestFastifyApplication>({ module: Root, imports }, new FastifyAdapter(http as never), {
    logger: new NestLog(log),
    // Ours is in createHttp.
    bodyParser: false,
    // A start that fails is told of by `run`, not by Nest's own exit.
    abortOnError: false,
  });
  app.useGlobalFilters(new ProblemFilter(settings.STATUS_URL, log));

  try {
    await app.listen({ port: settings.PORT, host: settings.HOST });
    await startUp.prepare({ health, log, signal, isOutage });
  } catch (error) {
    await app.close();
    throw error;
  }
  health.ready(frozen);
  startUp.begin({ health, log });

  let stopped: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    health.stopping();
    await Promise.all([lifecycle.stop(), startUp.stop()]);
    // The server first, while the rest can still answer what is in flight: Nest itself would close the modules under it.
    await drain(http, settings.STOP_WITHIN_SECONDS * 500);
    await app.close();
    await infrastructure.close?.();
  };
  return { host, app, url: await app.getUrl(), frozen, stop: () => (stopped ??= stop()) };
}

/** Takes no more, serves what is in flight. A client that does not read its answer in time is cut off. */
async function drain(http: FastifyInstance, withinMs: number): Promise<void> {
  // `close` ends the connections that are idle now; one that becomes idle with its last answer would be waited for until its keep-alive runs out.
  const sweep = setInterval(() => http.server.closeIdleConnections(), 50);
  if (!(await within(withinMs, http.close()))) http.server.closeAllConnections();
  clearInterval(sweep);
}

class Root {}

/** @returns a function that sends what is left */
async function traced({ settings, instance, log }: Host): Promise<() => Promise<void>> {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_SERVICE_NAME: name } = settings;
  if (endpoint === undefined) return async () => {};
  const [role] = instance.roles;
  return exportSpans({
    endpoint,
    service: name ?? (instance.roles.length === 1 ? `backroom-${role}` : 'backroom'),
    instance: instance.id,
    log: (message) => log.warn({ why: message }, 'spans could not be sent'),
  });
}

/** @throws {SettingsError} naming what is wrong */
export function settingsOf(roles: readonly Role[], { env = process.env, defaults = {} }: StartOptions): Settings {
  const names = roles.map(({ name }) => name);
  const given = { PORT: String(roles.length === 1 ? roles[0]!.port : 3000), ...defaults };
  const own = `http://localhost:${readSettings(env, given).PORT}`;
  // A service that is in this process is reached where this process listens.
  const links = { ...(names.includes('api') && { PUBLIC_URL: own }), ...(names.includes('status') && { STATUS_URL: own }) };
  return readSettings(env, { ...links, ...given });
}

export const nameOf = (roles: readonly Role[]): string => (roles.length === 1 ? roles[0]!.name : 'backroom');

function hostOf(roles: readonly Role[], options: StartOptions): Host {
  const settings = settingsOf(roles, options);
  const names = roles.map(({ name }) => name);
  const instance = {
    id: `${hostname()}-${process.pid}-${randomBytes(3).toString('hex')}`,
    roles: names,
    startedAt: new Date().toISOString(),
  };
  const log = createLog({
    level: settings.LOG_LEVEL,
    readable: settings.NODE_ENV === 'development',
    role: nameOf(roles),
    instance: instance.id,
    to: options.logTo,
  });
  const lifecycle = new Lifecycle();
  setMaxListeners(0, lifecycle.stopping);
  return { settings, log, health: new Health(), lifecycle, instance, metrics: new Metrics(), startUp: new StartUp() };
}
