import { own, type Described, type RoleDescription } from '#libs/contract';
import type { Response } from 'supertest';
import { expect } from 'vitest';
import { description as api } from '../../apps/api/described.js';
import { description as inbox } from '../../apps/backroom/inbox/described.js';
import { description as status } from '../../apps/status/described.js';

export const described: Record<string, Described> = Object.assign(
  {},
  ...[api, status, inbox, own].map(({ routes }: RoleDescription) => routes),
);

/** Whether an answer is what its description says: the status is told of, so are its type, its body to the last field, its headers. */
export function expectDescribed(route: string, answer: Response): void {
  const one = described[route]!.answers[answer.status];
  expect(Object.keys(described[route]!.answers), route).toContain(String(answer.status));
  if (!one!.schema) expect(answer.text ?? '', route).toBe('');
  const type = one!.type ?? 'application/json';
  if (one!.schema)
    expect(answer.headers['content-type'], route).toMatch(new RegExp(`^${type.replace('*', '.+').replaceAll('+json', '\\+json')}`));
  if (one!.schema && type.endsWith('json')) {
    const judged = one!.schema.safeParse(answer.body);
    expect(judged.error?.issues ?? [], `${route} ${JSON.stringify(answer.body).slice(0, 2_000)}`).toEqual([]);
  }
  const often = ['Idempotency-Replayed', 'Content-Security-Policy'];
  for (const name of one!.headers ?? [])
    if (!often.includes(name)) expect(answer.headers, `${route} ${name}`).toHaveProperty(name.toLowerCase());
}
