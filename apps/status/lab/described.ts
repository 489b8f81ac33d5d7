import type { Answer, RoleDescription } from '#libs/contract';
import { z } from 'zod';
import { shownProcess } from '../stack/stack.js';
import { again, fault } from './lab-controller.js';

const faults = z.record(z.string(), z.array(z.looseObject({}))).describe('By service, as the simulated world has them.');
const broken: Answer = { text: 'What is broken now.', schema: z.strictObject({ faults }), headers: ['Cache-Control'] };
const shown: Answer = {
  ...broken,
  schema: z.strictObject({
    faults,
    processes: z.array(shownProcess).optional().describe('Where the shop runs as processes that can be killed and frozen.'),
    kafka: z.boolean().optional().describe('Whether Kafka can be wiped.'),
  }),
};

/** What the lab says of itself in openapi.json. */
export const description: RoleDescription = {
  service: 'status service',
  routes: {
    'GET /lab': { summary: 'What is broken on purpose', access: 'operator', answers: { 200: shown } },
    'PUT /lab/faults/{service}': {
      summary: 'Breaks a service of the simulated world',
      access: 'operator',
      path: { service: 'gateway' },
      body: { 'application/json': { schema: fault, example: { delayMs: 3_000 } } },
      answers: { 200: broken },
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
