import { problems, type Slug } from '#libs/host';
import { problemAnswer } from './answers.js';
import type { Answer, Body, Described, RoleDescription } from './described.js';
import { answerHeaders, askedHeaders, everyAnswer, type AnswerHeader } from './headers.js';
import { toJsonSchema, type JsonSchema } from './json-schema.js';

interface Services {
  readonly PUBLIC_URL: string;
  readonly STATUS_URL: string;
}

const about = `Background work done right: orders are taken at the front door, worked off behind it, and followed at the status service.

- Ids are UUIDv7, times RFC 3339 in UTC, money \`{"amount": 1999, "currency": "EUR"}\` in minor units. Unknown fields in a request are refused.
- \`HEAD\` works where \`GET\` does; \`OPTIONS\` answers 204 with \`Allow\`; another method 405 with \`Allow\`.
- Errors are \`application/problem+json\` (RFC 9457). What a \`type\` means can be read at its address.
- Answers of this version may get further fields, and streams further event types.`;

/**
 * The document of the routes that are here.
 * @param here the routes of this process, as `GET /orders/{id}`; a description of one that is not here is left out
 */
export function makeOpenApi(roles: readonly RoleDescription[], here: ReadonlySet<string>, urls: Services): JsonSchema {
  const shared = new Map<string, JsonSchema>();
  const paths: Record<string, Record<string, unknown>> = {};
  const urlOf = ({ service }: RoleDescription): string => (service === 'status service' ? urls.STATUS_URL : urls.PUBLIC_URL);
  const servers = [...new Set(roles.filter(({ service }) => service).map(urlOf))];
  for (const role of roles) {
    for (const [route, one] of Object.entries(role.routes)) {
      if (!here.has(route)) continue;
      const [method, path] = route.split(' ') as [string, string];
      const apart = role.service && servers.length > 1 ? { servers: [{ url: urlOf(role) }] } : {};
      (paths[path] ??= {})[method.toLowerCase()] = {
        ...operation(route, one, role.service ?? 'every process', shared, urls.STATUS_URL),
        ...apart,
      };
    }
  }
  toJsonSchema(problemAnswer, 'output', shared);
  return {
    openapi: '3.1.1',
    jsonSchemaDialect: 'https://json-schema.org/draft/2020-12/schema',
    info: { title: 'Backroom', version: '1.0.0', description: about, license: { name: 'MIT', identifier: 'MIT' } },
    servers: servers.map((url) => ({ url })),
    tags: [...new Set(roles.map(({ service }) => service ?? 'every process'))].map((name) => ({ name })),
    paths: Object.fromEntries(Object.entries(paths).toSorted(([a], [b]) => (a < b ? -1 : 1))),
    components: {
      schemas: Object.fromEntries(shared),
      headers: Object.fromEntries(Object.entries(answerHeaders).map(([name, { text, schema }]) => [name, { description: text, schema }])),
      securitySchemes: {
        operator: { type: 'http', scheme: 'bearer', description: 'The operator’s token: it opens everything.' },
        token: { type: 'http', scheme: 'bearer', description: 'The token of the order or photo, from the answer that named it.' },
        accountKey: { type: 'http', scheme: 'bearer', description: 'The key of an account: its own limit counts then, `ordersPerMinute`.' },
        tokenInQuery: { type: 'apiKey', in: 'query', name: 'token', description: 'The same, as every link of an answer carries it.' },
      },
    },
  };
}

function operation(route: string, one: Described, tag: string, shared: Map<string, JsonSchema>, statusUrl: string): JsonSchema {
  const { summary, text, access, body, bodyOptional } = one;
  return {
    operationId: route
      .replaceAll(/[^A-Za-z]+(.)?/g, (_, next: string | undefined) => (next ?? '').toUpperCase())
      .replace(/^[A-Z]+(?=[A-Z]|$)/, (verb) => verb.toLowerCase()),
    tags: [tag],
    summary,
    ...(text && { description: text }),
    security: access ? securityOf[access] : [],
    parameters: parametersOf(route, one, shared),
    ...(body && { requestBody: { required: !bodyOptional, content: mapped(body, (given) => bodyOf(given, shared)) } }),
    responses: { ...mapped(one.answers, (answer) => answerOf(answer, shared)), ...refusals(route, one, statusUrl) },
  };
}

const ownToken = [{ token: [] }, { tokenInQuery: [] }, { operator: [] }];
/** An account's key need not be sent. */
const securityOf = { operator: [{ operator: [] }], order: ownToken, photo: ownToken, account: [{}, { accountKey: [] }] };

function parametersOf(route: string, { path = {}, query, headers = [] }: Described, shared: Map<string, JsonSchema>): JsonSchema[] {
  const inPath = [...route.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!);
  const asked = query ? toJsonSchema(query, 'input', shared) : {};
  const required = (asked.required ?? []) as string[];
  return [
    ...inPath.map((name) => ({
      name,
      in: 'path',
      required: true,
      schema: name in path ? { type: 'string' } : { type: 'string', format: 'uuid' },
      ...(name in path && { example: path[name] }),
    })),
    ...Object.entries((asked.properties ?? {}) as Record<string, JsonSchema>).map(([name, schema]) => ({
      name,
      in: 'query',
      required: required.includes(name),
      schema,
    })),
    ...headers.map((name) => ({
      name,
      in: 'header',
      description: askedHeaders[name].text,
      schema: askedHeaders[name].schema,
      example: askedHeaders[name].example,
    })),
    {
      name: 'X-Request-Id',
      in: 'header',
      description: 'Names this request in answer and logs, if it is harmless.',
      schema: { type: 'string' },
    },
  ];
}

function bodyOf({ schema, field, example }: Body, shared: Map<string, JsonSchema>): JsonSchema {
  const bytes = { type: 'string', contentMediaType: 'application/octet-stream' };
  const shape = schema
    ? toJsonSchema(schema, 'input', shared)
    : field
      ? { type: 'object', properties: { [field]: bytes }, required: [field], additionalProperties: false }
      : {};
  return { schema: shape, ...(example !== undefined && { example }) };
}

function answerOf({ text, schema, type = 'application/json', headers = [], example }: Answer, shared: Map<string, JsonSchema>): JsonSchema {
  const content = schema && {
    content: { [type]: { schema: toJsonSchema(schema, 'output', shared), ...(example !== undefined && { example }) } },
  };
  return { description: text, headers: referTo([...headers, ...everyAnswer]), ...content };
}

const referTo = (headers: readonly AnswerHeader[]): JsonSchema =>
  Object.fromEntries([...new Set(headers)].map((name) => [name, { $ref: `#/components/headers/${name}` }]));

/** Each kind of refusal, under its status: those that the route names and those that follow from what it takes. */
function refusals(route: string, one: Described, statusUrl: string): JsonSchema {
  const slugs = new Set<Slug>([...following(route, one), ...(one.problems ?? [])]);
  const byStatus = new Map<number, Slug[]>();
  for (const slug of slugs) byStatus.set(problems[slug][0], [...(byStatus.get(problems[slug][0]) ?? []), slug]);
  const answers = [...byStatus].map(([status, kinds]) => [
    status,
    {
      description: kinds.map((slug) => `\`${slug}\`: ${problems[slug][2]}`).join('\n\n'),
      headers: referTo([...new Set(kinds.flatMap((slug) => headersOf[slug] ?? [])), 'Cache-Control', ...everyAnswer]),
      content: {
        'application/problem+json': {
          schema: {
            allOf: [
              { $ref: '#/components/schemas/Problem' },
              { properties: { status: { const: status }, type: { enum: kinds.map((slug) => `${statusUrl}/problems/${slug}`) } } },
            ],
          },
        },
      },
    },
  ]);
  const other = {
    description: 'Any other refusal.',
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
  };
  return { ...Object.fromEntries(answers), default: other };
}

const headersOf: Partial<Record<Slug, AnswerHeader[]>> = {
  unauthorized: ['WWW-Authenticate'],
  'rate-limited': ['Retry-After'],
  unavailable: ['Retry-After'],
  'idempotency-key-in-use': ['Retry-After'],
};

function following(route: string, { access, body, headers = [], query, path }: Described): Slug[] {
  return [
    ...(route.includes('{') ? (['malformed', 'not-found'] as const) : []),
    ...(body || headers.includes('Idempotency-Key') ? (['malformed'] as const) : []),
    ...(access ? (['unauthorized'] as const) : []),
    ...(access === 'order' || access === 'photo' || path ? (['not-found'] as const) : []),
    ...(body ? (['too-large', 'unsupported-media-type', 'invalid'] as const) : []),
    ...(query ? (['invalid'] as const) : []),
    ...(headers.includes('Idempotency-Key') ? (['idempotency-key-in-use', 'idempotency-key-reused'] as const) : []),
    ...(/^[A-Z]+ \/health/.test(route) ? [] : (['rate-limited'] as const)),
    'unavailable',
  ];
}

const mapped = <T, R>(all: Readonly<Record<string | number, T>>, work: (one: T) => R): Record<string, R> =>
  Object.fromEntries(Object.entries(all).map(([key, one]) => [key, work(one)]));
