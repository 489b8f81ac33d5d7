import { Validator } from '@seriousme/openapi-schema-validator';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Ajv } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startHost, type TestHost } from '../setup/host.js';
import { together } from '../setup/where.js';

type Json = Record<string, any>;

let host: TestHost;
let openApi: Json;
let asyncApi: Json;
beforeAll(async () => {
  host = await startHost();
  openApi = (
    await host
      .http()
      .get('/openapi.json')
      .expect(200)
      .expect('content-type', /^application\/json/)
  ).body;
  asyncApi = (
    await host
      .http()
      .get('/asyncapi.json')
      .expect(200)
      .expect('content-type', /^application\/json/)
  ).body;
});
afterAll(() => host?.stop());

/** The schemas of a document, so that what stands in it can be judged by it. */
function judge(document: Json) {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  (addFormats as unknown as (to: unknown) => void)(ajv);
  ajv.addSchema(document, 'document');
  return (schema: object, value: unknown): void => {
    const valid = ajv.compile(JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"document#/')));
    expect(valid(value) ? [] : valid.errors, JSON.stringify(value)).toEqual([]);
  };
}

const operations = (): [string, Json][] =>
  Object.entries(openApi.paths as Json).flatMap(([path, item]) =>
    Object.entries(item as Json).map(([verb, one]): [string, Json] => [`${verb} ${path}`, one]),
  );

describe('GET /openapi.json', () => {
  test('is OpenAPI 3.1, by its public schema', async () => {
    expect(openApi.openapi).toMatch(/^3\.1\./);
    const judged = await new Validator().validate(structuredClone(openApi));
    expect(judged.errors ?? []).toEqual([]);
    expect(judged.valid).toBe(true);
  });

  test('every $ref leads somewhere; no operationId is there twice', () => {
    const refs = JSON.stringify(openApi)
      .match(/"\$ref":"[^"]+"/g)!
      .map((ref) => ref.slice(8, -1));
    for (const ref of refs)
      expect(
        ref
          .slice(2)
          .split('/')
          .reduce((inner, key) => inner?.[key], openApi),
        ref,
      ).toBeDefined();
    const ids = operations().map(([, { operationId }]) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('its examples are of the shape that it gives', () => {
    const fits = judge(openApi);
    let examples = 0;
    for (const [, { requestBody, responses }] of operations()) {
      for (const { content } of [requestBody ?? {}, ...Object.values(responses as Json)] as Json[]) {
        for (const { schema, example } of Object.values((content ?? {}) as Json)) {
          if (example === undefined) continue;
          fits(schema, example);
          examples += 1;
        }
      }
    }
    expect(examples).toBeGreaterThan(2);
  });

  together.test('the example of an order is accepted, and its answers are of their schemas', async () => {
    const fits = judge(openApi);
    const { requestBody, responses } = openApi.paths['/orders'].post;
    const { example } = requestBody.content['application/json'];
    const placed = await host.http().post('/orders').send(example).expect(202);
    fits(responses[202].content['application/json'].schema, placed.body);
    for (const name of Object.keys(responses[202].headers)) {
      if (name !== 'Idempotency-Replayed') expect(placed.headers, name).toHaveProperty(name.toLowerCase());
    }
    const invalid = await host
      .http()
      .post('/orders')
      .send({ ...example, lines: [] })
      .expect(422);
    fits(responses[422].content['application/problem+json'].schema, invalid.body);
  });

  test('every route of it is there, and asks for a credential where it says so', async () => {
    for (const [route, { security, parameters }] of operations()) {
      const [verb, path] = route.split(' ') as ['get', string];
      const filled = path.replaceAll(
        /\{(\w+)\}/g,
        (_, name: string) => parameters.find((one: Json) => one.name === name).example ?? crypto.randomUUID(),
      );
      // One of `{}` is for those who have none.
      const needed = security.length > 0 && security.every((one: Json) => Object.keys(one).length > 0);
      if (!needed && !filled.startsWith('/')) continue;
      const answer = needed ? await host.http()[verb](filled) : await host.http().options(filled);
      expect(answer.status, route).toBe(needed ? 401 : 204);
      if (!needed) expect(answer.headers.allow, route).toContain(verb.toUpperCase());
    }
  });

  test('If-None-Match: 304', async () => {
    const { headers } = await host.http().get('/openapi.json');
    await host.http().get('/openapi.json').set('if-none-match', headers.etag!).expect(304);
  });

  together.test('in the consolidated host one document has both services', () => {
    expect(Object.keys(openApi.paths)).toEqual(
      expect.arrayContaining(['/products', '/orders', '/orders/{id}', '/inbox', '/health', '/docs']),
    );
    expect(openApi.servers).toEqual([{ url: host.url }]);
    expect(Object.keys(openApi.paths['/orders'])).toEqual(expect.arrayContaining(['get', 'post']));
  });
});

describe('GET /docs', () => {
  test('HTML, whose scripts and styles are its own, under a CSP without unsafe-inline scripts', async () => {
    const page = await host
      .http()
      .get('/docs')
      .expect(200)
      .expect('content-type', /^text\/html/);
    expect(page.headers['content-security-policy']).toMatch(/script-src 'self'(;|$)/);
    const parts = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link]) => link!).filter((link) => !/^(#|data:)/.test(link));
    expect(parts.length).toBeGreaterThan(2);
    for (const part of parts) {
      expect(part).toMatch(/^\/[a-z]/);
      await host.http().get(part).expect(200);
    }
    for (const name of ['docs.js', 'dom.js', 'schema.js', 'curl.js', 'docs.css']) {
      const { text } = await host.http().get(`/docs/${name}`).expect(200);
      expect(text).not.toMatch(/https?:\/\//);
    }
    await host.http().get('/docs/nothing.js').expect(404);
  });
});

describe('GET /asyncapi.json', () => {
  test('is AsyncAPI 3.0, by its public schema', () => {
    expect(asyncApi.asyncapi).toMatch(/^3\.0\./);
    const schema = JSON.parse(readFileSync(createRequire(import.meta.url).resolve('@asyncapi/specs/schemas/3.0.0.json'), 'utf8')) as object;
    const ajv = new Ajv({ strict: false, validateFormats: false, meta: false, validateSchema: false });
    expect(ajv.validate(schema, asyncApi) ? [] : ajv.errors).toEqual([]);
  });

  test('each message has a sample that is of its schemas; each channel has each message of its kind', () => {
    const fits = judge(asyncApi);
    const messages = Object.values(asyncApi.components.messages as Json);
    expect(messages.length).toBeGreaterThan(30);
    for (const { headers, payload, examples } of messages) {
      fits(headers, examples[0].headers);
      fits(payload, examples[0].payload);
    }
    expect(Object.values(asyncApi.channels as Json).map(({ address }) => address)).toEqual(
      ['orders', 'photos', 'account'].flatMap((about) =>
        ['express', 'standard', 'bulk'].map((lane) => (lane === 'standard' ? about : `${about}.${lane}`)),
      ),
    );
    for (const { messages } of Object.values(asyncApi.channels as Json))
      for (const { $ref } of Object.values(messages as Json)) expect(asyncApi.components.messages).toHaveProperty($ref.split('/').at(-1));
  });
});
