import { expect } from 'vitest';
import type { Response } from 'supertest';

/** Everything that each error of the page has, whatever its kind. */
export function expectProblem(answer: Response, status: number, slug: string): void {
  expect({ status: answer.status, type: answer.body.type?.replace(/^.*\/problems\//, '') }).toEqual({ status, type: slug });
  expect(answer.body.type).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/problems\//);
  expect(answer.headers['content-type']).toBe('application/problem+json');
  expect(answer.headers['cache-control']).toBe('no-store');
  expect(answer.headers['x-content-type-options']).toBe('nosniff');
  expect(answer.body).toMatchObject({ status, title: expect.stringMatching(/./), detail: expect.stringMatching(/./) });
  const id = answer.headers['x-request-id']!;
  expect([`urn:uuid:${id}`, `urn:request:${id}`]).toContain(answer.body.instance);
}

/** A refused body, and where it is wrong. */
export function expectInvalid(answer: Response, ...pointers: string[]): void {
  expectProblem(answer, 422, 'invalid');
  // One place may break several rules.
  const pointedAt = new Set(answer.body.errors.map((fault: { pointer: string }) => fault.pointer));
  expect([...pointedAt]).toEqual(pointers);
}
