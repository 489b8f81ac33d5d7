import 'reflect-metadata';
import { own, routesOf, type RoleDescription } from '#libs/contract';
import type { DynamicModule, Type } from '@nestjs/common';
import { expect, test } from 'vitest';
import { description as api } from '../apps/api/described.js';
import { description as inbox } from '../apps/backroom/inbox/described.js';
import { InboxController } from '../apps/backroom/inbox/inbox.controller.js';
import { description as lab } from '../apps/backroom/lab/described.js';
import { LabController } from '../apps/backroom/lab/lab.controller.js';
import { roles } from '../apps/backroom/shop.js';
import { description as status } from '../apps/status/described.js';
import { HealthController } from '../libs/host/health-controller.js';

/** The controllers of a module and of those that it imports. */
function controllersOf(module: Type | DynamicModule): Type[] {
  const own: Type[] = 'module' in module ? (module.controllers ?? []) : [];
  const type = 'module' in module ? module.module : module;
  const of = <T>(what: string): T[] => (Reflect.getMetadata(what, type) as T[] | undefined) ?? [];
  return [...own, ...of<Type>('controllers'), ...of<Type | DynamicModule>('imports').flatMap(controllersOf)];
}

const modules = await Promise.all(roles.map((role) => role.module()));
const routes = new Set([...modules.flatMap(controllersOf), InboxController, LabController, HealthController].flatMap(routesOf));

test('routes are found', () => {
  expect([...routes]).toEqual(
    expect.arrayContaining(['GET /', 'POST /orders', 'GET /orders/{id}', 'POST /photos', 'GET /inbox/{id}/raw', 'GET /health']),
  );
});

test.each([...routes])('%s is described', (route) => {
  const described = [api, status, inbox, lab, own].filter((role: RoleDescription) => Object.hasOwn(role.routes, route));
  // By one role alone: two would tell of it differently.
  expect(described).toHaveLength(1);
});
