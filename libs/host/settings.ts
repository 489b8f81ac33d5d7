import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { z } from 'zod';

/** Never echoed, and never logged: they are secrets, or URLs with a password in them. */
const secrets = new Set(['DATABASE_URL', 'SMTP_URL', 'WORLD_URL', 'OPERATOR_TOKEN', 'ACCESS_KEY', 'WEBHOOK_SECRET', 'STACK_URL']);

const whole = (min: number, max: number) =>
  z
    .string()
    .refine((text) => /^\d{1,9}$/.test(text) && Number(text) >= min && Number(text) <= max, `must be a whole number from ${min} to ${max}`)
    .transform(Number);

const milliseconds = whole(0, 600_000).default(0);

const url = (protocols: readonly string[], example: string) =>
  z.string().refine((text) => URL.canParse(text) && protocols.includes(new URL(text).protocol), `must be a URL like ${example}`);

/** A base of links: without a slash at its end, so that a path can be put behind it. */
const base = z
  .string()
  .refine((text) => URL.canParse(text) && /^https?:\/\/[^?#]+$/i.test(text), 'must be an http or https URL without query')
  .transform((text) => text.replace(/\/+$/, ''));

const hostAndPort = (text: string) => /^(\[[0-9a-fA-F:.]+\]|[^\s:,/@]+):\d{1,5}$/.test(text);
const list = (text: string) => text.split(',').map((item) => item.trim());

const isOrigin = (text: string) => URL.canParse(text) && /^https?:/.test(text) && new URL(text).origin === text;

const proxy = (text: string) => {
  const [address, bits, ...rest] = text.split('/');
  if (['loopback', 'linklocal', 'uniquelocal'].includes(text)) return true;
  const family = isIP(address ?? '');
  return family !== 0 && rest.length === 0 && (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128)));
};

const yesOrNo = z
  .string()
  .regex(/^(true|false|1|0)$/, 'must be true or false')
  .transform((text) => text === 'true' || text === '1')
  .default(false);

/** Every setting of the shop, under the name of its variable. An unknown variable is no error; an empty one counts as not set. */
const schema = z.object({
  PORT: whole(0, 65_535),
  HOST: z.string().default('127.0.0.1'),
  /** Absolute. */
  DATA_DIR: z
    .string()
    .default('.data')
    .transform((path) => resolve(path)),
  DATABASE_URL: url(['postgres:', 'postgresql:'], 'postgresql://user:password@host:5432/database').optional(),
  /** Of this process, at most. One is used for a statement or a transaction, so with fewer they wait for one another. */
  DATABASE_CONNECTIONS: whole(2, 1_000).optional(),
  KAFKA_BROKERS: z
    .string()
    .refine((text) => list(text).every(hostAndPort), 'must be a list like host:9092,host:9093')
    .transform(list)
    .optional(),
  SMTP_URL: url(['smtp:', 'smtps:'], 'smtp://user:password@host:587').optional(),
  WORLD_URL: url(['http:', 'https:'], 'http://host:4000').optional(),
  OPERATOR_TOKEN: z
    .string()
    .regex(/^[\x21-\x7e]+$/, 'must be printable ASCII without spaces, as it travels in a header')
    .optional(),
  ACCESS_KEY: z.string().optional(),
  WEBHOOK_SECRET: z.string().optional(),
  /** For development and tests: an order's callbackUrl may lead to this machine, by http too. */
  WEBHOOK_ALLOW_LOOPBACK: yesOrNo,
  /** Without a slash at the end, as is STATUS_URL. Links are made of these, never of what a request says. */
  PUBLIC_URL: base.default('http://localhost:3000'),
  STATUS_URL: base.default('http://localhost:3001'),
  /** Absolute. Files of orders that are dropped here are imported. */
  IMPORT_DIR: z
    .string()
    .transform((path) => resolve(path))
    .optional(),
  /** Absolute. Scripts in its folder `triggered` are jobs. */
  JOBS_DIR: z
    .string()
    .transform((path) => resolve(path))
    .optional(),
  /** Whom the daily report goes to. */
  SHOP_EMAIL: z.email('must be an e-mail address').optional(),
  /** How long after an order's end who placed it is known; 0: until the next run of `retention`. */
  RETENTION_DAYS: whole(0, 36_500).default(90),
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], 'must be trace, debug, info, warn, error, fatal or silent')
    .default('info'),
  GATEWAY_DELAY_MS: milliseconds,
  PRINTER_DELAY_MS: milliseconds,
  CARRIER_DELAY_MS: milliseconds,
  /** Whose X-Forwarded-For is believed: everybody's, that many hops, or these addresses. */
  TRUST_PROXY: z
    .string()
    .refine(
      (text) => /^(true|false|\d{1,3})$/.test(text) || list(text).every(proxy),
      'must be true, false, a number of hops or a list of addresses',
    )
    .transform((text): boolean | number | string[] =>
      /^\d+$/.test(text) ? Number(text) : /^(true|false)$/.test(text) ? text === 'true' : list(text),
    )
    .default(false),
  /** `https://shop.example`, as browsers send it: scheme, host and port, nothing behind. */
  CORS_ORIGINS: z
    .string()
    .refine((text) => list(text).every(isOrigin), 'must be a list of origins like https://shop.example,http://localhost:5173')
    .transform(list)
    .default([]),
  RATE_LIMIT_PER_MINUTE: whole(1, 1_000_000).optional(),
  /** A process with one role runs nothing of it; one with many keeps its doors open, and does no work behind them. */
  FREEZE: yesOrNo,
  /** For development: the dashboard's Lab, also on a given database. Nowhere in production. */
  LAB: yesOrNo,
  /** Of the status service that `npm run stack` has started: where its processes are killed, frozen and scaled. Nowhere in production. */
  STACK_URL: url(['http:'], 'http://stack:key@127.0.0.1:4000').optional(),
  STOP_WITHIN_SECONDS: whole(1, 3600).default(10),
  /** Spans are sent there, by OTLP as JSON. Nobody traces if left out. */
  OTEL_EXPORTER_OTLP_ENDPOINT: url(['http:', 'https:'], 'http://collector:4318').optional(),
  OTEL_SERVICE_NAME: z.string().optional(),
  NODE_ENV: z.string().default('development'),
});

/** The settings, and their own injection token. */
// oxlint-disable no-unsafe-declaration-merging -- nothing is ever constructed from it; the class is only the token.
export abstract class Settings {}
export interface Settings extends z.output<typeof schema> {}

/** What stands in for a variable that is not set: it depends on which roles a process has. */
export type SettingsDefaults = Partial<Record<keyof Settings, string>>;

/** Its message is a sentence for whoever started the process. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

/**
 * Reads all settings. The only reader of the environment in the shop.
 * @throws {SettingsError} naming each variable that is wrong and what is allowed.
 */
export function readSettings(env: NodeJS.ProcessEnv, defaults: SettingsDefaults = {}): Settings {
  const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  const read = schema.safeParse({ PORT: '3000', ...defaults, ...set });
  if (read.success) return read.data;
  const sentences = read.error.issues.map(({ path: [variable], message }) => {
    const name = String(variable);
    return `${name} ${message}${secrets.has(name) ? '' : `, not ${JSON.stringify(set[name])}`}.`;
  });
  throw new SettingsError(sentences.join(' '));
}
