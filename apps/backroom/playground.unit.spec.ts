import { readSettings } from '#libs/host';
import { expect, it } from 'vitest';
import { mayBreak } from './playground.js';

const database = { DATABASE_URL: 'postgres://user:secret@host/shop' };
const kafka = { KAFKA_BROKERS: 'host:9092' };

it.each([
  [{}, { shop: true, kafka: true }],
  [kafka, { shop: true, kafka: false }],
  [
    { ...kafka, LAB: 'true' },
    { shop: true, kafka: true },
  ],
  [database, { shop: false, kafka: false }],
  [
    { ...database, LAB: 'true' },
    { shop: true, kafka: true },
  ],
  [
    { WORLD_URL: 'http://bank.example', LAB: 'true' },
    { shop: false, kafka: false },
  ],
  [
    { LAB: 'true', NODE_ENV: 'production' },
    { shop: false, kafka: false },
  ],
])('with %j one may break %j', (env, may) => expect(mayBreak(readSettings(env))).toEqual(may));
