import 'reflect-metadata';
import { own, routesOf, type RoleDescription } from '#libs/contract';
import { readSettings } from '#libs/host';
import type { DynamicModule, Type } from '@nestjs/common';
import { expect, test } from 'vitest';
import { description as api } from '../apps/api/described.js';
import { description as inbox } from '../apps/backroom/inbox/described.js';
import { InboxController } from '../apps/backroom/inbox/inbox.controller.js';
import { roles } from '../apps/backroom/shop.js';
import { description as status } from '../apps/status/described.js';
import { description as lab } from '../apps/status/lab/described.js';
import { poolsDescription, processesDescription } from '../apps/status/stack/described.js';
import { stackModules } from '../apps/status/stack/module.js';
import { HealthController } from '../libs/host/health-controller.js';

/** The controllers of a module and of those that it imports. */
function controllersOf(module: Type | DynamicModule): Type[] {
  const own: Type[] = 'module' in module ? (module.controllers ?? []) : [];
  const type = 'module' in module ? module.module : module;
  const of = <T>(what: string): T[] => (Reflect.getMetadata(what, type) as T[] | undefined) ?? [];
  return [...own, ...of<Type>('controllers'), ...of<Type | DynamicModule>('imports').flatMap(controllersOf)];
}

const modules = await Promise.all(roles.map((role) => role.module()));
const beside = stackModules(readSettings({ STACK_URL: 'http://stack:key@127.0.0.1:1', WORLD_URL: 'http://127.0.0.1:2', LAB: 'true' }));
const routes = new Set([...[...modules, ...beside].flatMap(controllersOf), InboxController, HealthController].flatMap(routesOf));

test('routes are found', () => {
  expect([...routes]).toEqual(
    expect.arrayContaining(['GET /', 'POST /orders', 'GET /orders/{id}', 'POST /photos', 'GET /inbox/{id}/raw', 'GET /health']),
  );
});

test.each([...routes])('%s is described', (route) => {
  const described = [api, status, inbox, lab, poolsDescription, processesDescription, own].filter((role: RoleDescription) =>
    Object.hasOwn(role.routes, route),
  );
  // By one role alone: two would tell of it differently.
  expect(described).toHaveLength(1);
});
