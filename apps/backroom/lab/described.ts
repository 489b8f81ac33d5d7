import type { Answer, RoleDescription } from '#libs/contract';
import { z } from 'zod';
import { again, fault } from './lab.controller.js';

const faults: Answer = {
  text: 'By service, as the simulated world has them.',
  schema: z.strictObject({ faults: z.record(z.string(), z.array(z.looseObject({}))) }),
  headers: ['Cache-Control'],
};

/** What the lab of the consolidated host says of itself in openapi.json. */
export const description: RoleDescription = {
  service: 'status service',
  routes: {
    'GET /lab': { summary: 'What is broken on purpose', access: 'operator', answers: { 200: faults } },
    'PUT /lab/faults/{service}': {
      summary: 'Breaks a service of the simulated world',
      access: 'operator',
      path: { service: 'gateway' },
      body: { 'application/json': { schema: fault, example: { delayMs: 3_000 } } },
      answers: { 200: faults },
    },
    'DELETE /lab/faults': { summary: 'All is well again', access: 'operator', answers: { 204: { text: 'Nothing is broken.' } } },
    'POST /lab/messages': {
      summary: 'Tells again of the newest orders',
      text: 'Each of their news comes once more, to everybody who hears them.',
      access: 'operator',
      body: { 'application/json': { schema: again, example: { orders: 50 } } },
      answers: { 202: { text: 'They are on their way.', schema: z.strictObject({ orders: z.int(), news: z.int() }) } },
    },
  },
};
