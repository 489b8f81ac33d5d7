import { listOf, type RoleDescription } from '#libs/contract';
import { z } from 'zod';
import { freezing, killing, resizing, shownPool, shownProcess } from './stack.js';

/** What the status service says in openapi.json of its routes beside a stack. */
export const poolsDescription: RoleDescription = {
  service: 'status service',
  routes: {
    'GET /pools': {
      summary: 'How many processes each role has',
      text: 'Of roles of which several may run, where `npm run stack` has started them.',
      access: 'operator',
      answers: { 200: { text: 'As they are now.', schema: listOf(shownPool), headers: ['Cache-Control'] } },
    },
    'PUT /pools/{role}': {
      summary: 'Says how many processes a role is to have',
      text: 'From now on, until the stack ends: as many as its work wants, within these bounds; no more than the database has connections for.',
      access: 'operator',
      path: { role: 'payments' },
      body: { 'application/json': { schema: resizing, example: { min: 1, max: 3, each: 500 } } },
      answers: { 200: { text: 'They are started and stopped now.', schema: shownPool, headers: ['Cache-Control'] } },
    },
  },
};

export const processesDescription: RoleDescription = {
  service: 'status service',
  routes: {
    'POST /lab/processes/{role}/kill': {
      summary: 'Kills a process, as kill -9 does',
      text: 'It is started again. Who kills the status service itself is not answered.',
      access: 'operator',
      path: { role: 'fulfilment' },
      body: { 'application/json': { schema: killing, example: {} } },
      bodyOptional: true,
      answers: { 202: { text: 'Which it was.', schema: shownProcess, headers: ['Cache-Control'] } },
    },
    'POST /lab/processes/{role}/freeze': {
      summary: 'Freezes a process for a while',
      text: 'SIGSTOP, then SIGCONT. Not the status service itself.',
      access: 'operator',
      path: { role: 'fulfilment' },
      body: { 'application/json': { schema: freezing, example: { seconds: 20 } } },
      answers: { 202: { text: 'It stands still.', schema: shownProcess, headers: ['Cache-Control'] } },
    },
    'POST /lab/kafka/wipe': {
      summary: 'Deletes all topics, and refills them',
      text: 'Made anew, and all is told again, as `backroom republish` does.',
      access: 'operator',
      answers: {
        202: { text: 'All is told again.', schema: z.strictObject({ streams: z.int(), news: z.int() }), headers: ['Cache-Control'] },
      },
    },
  },
};
