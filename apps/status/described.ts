import {
  accountAnswer,
  deadLetter,
  dryRedriven,
  eventAnswer,
  jobAnswer,
  ledgerEntry,
  listOf,
  logLine,
  moment,
  orderAnswer,
  pageOf,
  photoAnswer,
  product,
  redriven,
  runAnswer,
  sold,
  streamedAccount,
  streamedOrder,
  worker,
  type Answer,
  type RoleDescription,
} from '#libs/contract';
import { z } from 'zod';
import { accountsWanted } from './accounts/accounts-controller.js';
import { lettersWanted, redriveWanted } from './dead-letters/dead-letters-controller.js';
import { photosWanted } from './dashboard/dashboard-controller.js';
import { salesWanted } from './figures/figures-controller.js';
import { query as ledgerOf } from './gateway-controller.js';
import { jobChange } from './jobs/change-job.js';
import { wanted as ordersWanted } from './order-list-controller.js';
import { page } from './page.js';
import { workerChange } from './workers/workers-controller.js';

const personal = ['ETag', 'Cache-Control'] as const;
const unchanged: Answer = { text: 'What the client has is still right.', headers: personal };
const ended: Answer = { text: 'It has ended, and `Last-Event-ID` says that all was told.' };
const html = (text: string): Answer => ({
  text,
  type: 'text/html',
  schema: z.string(),
  headers: ['ETag', 'Cache-Control', 'Content-Security-Policy'],
});
const pages = z.object(page(z.string()));
const run = { 202: { text: 'It will run.', schema: runAnswer, headers: ['Location', 'Idempotency-Replayed'] as const } };
/** What the status service says of itself in openapi.json. */
export const description: RoleDescription = {
  service: 'status service',
  routes: {
    'GET /orders/{id}': {
      summary: 'An order',
      text: 'Never 404 for whoever has just placed it. Whatever changes this body raises `version`.',
      access: 'order',
      headers: ['If-None-Match'],
      answers: { 200: { text: 'As it stands now.', schema: orderAnswer, headers: personal }, 304: unchanged },
    },
    'GET /orders': {
      summary: 'All orders, newest first',
      access: 'operator',
      query: ordersWanted,
      answers: { 200: { text: 'A page.', schema: pageOf(orderAnswer), headers: ['Cache-Control'] } },
    },
    'GET /orders/{id}/events': {
      summary: 'The facts of an order, oldest first',
      access: 'order',
      answers: { 200: { text: 'Versions from 1, without gaps.', schema: listOf(eventAnswer), headers: ['Cache-Control'] } },
    },
    'GET /orders/{id}/timeline': {
      summary: 'Everything that happened on behalf of an order',
      access: 'order',
      answers: { 200: { text: 'In order of time.', schema: listOf(moment), headers: ['Cache-Control'] } },
    },
    'GET /orders/{id}/stream': {
      summary: 'An order’s events as they happen',
      text: 'Server-sent events: `id:` the version, `data:` the event with the order’s `status` and `progress` after it. Closes after the event that ended it.',
      access: 'order',
      headers: ['Last-Event-ID'],
      answers: {
        200: { text: 'Each `data:` is of this shape.', type: 'text/event-stream', schema: streamedOrder, headers: ['Cache-Control'] },
        204: ended,
      },
    },
    'GET /photos/{id}': {
      summary: 'A photo',
      access: 'photo',
      headers: ['If-None-Match'],
      answers: { 200: { text: 'As it stands now.', schema: photoAnswer, headers: personal }, 304: unchanged },
    },
    'GET /photos/{id}/stream': {
      summary: 'A photo’s events as they happen',
      access: 'photo',
      headers: ['Last-Event-ID'],
      answers: {
        200: { text: 'Each `data:` is of this shape.', type: 'text/event-stream', schema: eventAnswer, headers: ['Cache-Control'] },
        204: ended,
      },
    },
    'GET /photos/{id}/renditions/{name}': {
      summary: 'A rendition of a photo',
      text: '`thumb` fits 160×160, `preview` 1024×1024, `proof` has the photo’s own pixels. Upright, sRGB, without metadata.',
      access: 'photo',
      path: { name: 'thumb' },
      headers: ['If-None-Match'],
      answers: {
        200: {
          text: 'The image: JPEG, PNG or WebP.',
          type: 'image/*',
          schema: z.string().meta({ contentEncoding: 'binary' }),
          headers: personal,
        },
        304: unchanged,
      },
    },
    'GET /products/{sku}/related': {
      summary: 'What was bought together with it',
      path: { sku: 'PRINT-10X15' },
      answers: { 200: { text: 'The most often bought first.', schema: listOf(product), headers: ['Cache-Control'] } },
      problems: ['not-found'],
    },
    'GET /reports/sales': {
      summary: 'What was sold, by day and product',
      access: 'operator',
      query: salesWanted,
      answers: {
        200: {
          text: 'Of completed orders; UTC days, both included.',
          schema: listOf(sold),
          headers: ['Cache-Control'],
        },
      },
    },
    'GET /accounts': {
      summary: 'All accounts, newest first',
      access: 'operator',
      query: accountsWanted,
      answers: { 200: { text: 'A page.', schema: pageOf(accountAnswer), headers: ['Cache-Control'] } },
    },
    'GET /accounts/{id}': {
      summary: 'An account',
      access: 'operator',
      headers: ['If-None-Match'],
      answers: { 200: { text: 'As it stands now.', schema: accountAnswer, headers: personal }, 304: unchanged },
    },
    'GET /accounts/{id}/events': {
      summary: 'The facts of an account, oldest first',
      access: 'operator',
      answers: { 200: { text: 'Versions from 1, without gaps.', schema: listOf(eventAnswer), headers: ['Cache-Control'] } },
    },
    'GET /accounts/{id}/stream': {
      summary: 'Follows an account',
      access: 'operator',
      headers: ['Last-Event-ID'],
      answers: {
        200: {
          text: 'Server-sent events: `data:` each event once, in order, with the `status` after it, `id:` its version. Closed once the account is erased.',
          type: 'text/event-stream',
          schema: streamedAccount,
          headers: ['Cache-Control'],
        },
        204: ended,
      },
    },
    'GET /gateway/ledger': {
      summary: 'The simulated bank’s own book',
      access: 'operator',
      query: ledgerOf,
      answers: { 200: { text: 'What it did for an order or an account.', schema: listOf(ledgerEntry), headers: ['Cache-Control'] } },
    },
    'GET /problems/{slug}': {
      summary: 'What a problem’s `type` means',
      path: { slug: 'invalid' },
      answers: { 200: { text: 'A sentence.', type: 'text/plain', schema: z.string() } },
    },
    'GET /jobs': {
      summary: 'All jobs',
      access: 'operator',
      query: pages,
      answers: { 200: { text: 'With their last runs.', schema: pageOf(jobAnswer), headers: ['Cache-Control'] } },
    },
    'GET /jobs/{name}': {
      summary: 'A job',
      access: 'operator',
      path: { name: 'sales-totals' },
      answers: { 200: { text: 'With its last runs.', schema: jobAnswer } },
    },
    'PATCH /jobs/{name}': {
      summary: 'Changes a job’s settings',
      access: 'operator',
      path: { name: 'sales-totals' },
      body: {
        'application/json': { schema: jobChange, example: { schedule: '0 4 * * *' } },
        'application/merge-patch+json': { schema: jobChange },
      },
      answers: { 200: { text: 'As it is set now.', schema: jobAnswer } },
    },
    'POST /jobs/{name}/runs': {
      summary: 'Runs a job',
      access: 'operator',
      path: { name: 'sales-totals' },
      headers: ['Idempotency-Key'],
      body: { 'application/json': { schema: z.strictObject({ input: z.unknown().optional() }), example: {} } },
      bodyOptional: true,
      answers: run,
      problems: ['job-running'],
    },
    'GET /job-runs/{id}': {
      summary: 'A run of a job',
      access: 'operator',
      answers: { 200: { text: 'As it stands now.', schema: runAnswer } },
    },
    'GET /job-runs/{id}/log': {
      summary: 'The log of a run',
      access: 'operator',
      answers: { 200: { text: 'Oldest first.', schema: listOf(logLine) } },
    },
    'POST /job-runs/{id}/cancellation': {
      summary: 'Cancels a run',
      access: 'operator',
      headers: ['Idempotency-Key'],
      body: { 'application/json': { schema: z.strictObject({}) } },
      bodyOptional: true,
      answers: run,
      problems: ['run-ended'],
    },
    'GET /dead-letters': {
      summary: 'What was given up',
      access: 'operator',
      query: lettersWanted,
      answers: { 200: { text: 'A page.', schema: pageOf(deadLetter) } },
    },
    'GET /dead-letters/{id}': {
      summary: 'A dead letter',
      access: 'operator',
      answers: { 200: { text: 'With its message.', schema: deadLetter } },
    },
    'DELETE /dead-letters/{id}': {
      summary: 'Drops a dead letter',
      access: 'operator',
      answers: { 204: { text: 'It is gone.' } },
    },
    'POST /dead-letters/{id}/redrive': {
      summary: 'Tries a dead letter again',
      access: 'operator',
      headers: ['Idempotency-Key'],
      answers: { 202: { text: 'It has left the list.', schema: redriven, headers: ['Idempotency-Replayed'] } },
    },
    'POST /dead-letters/redrive': {
      summary: 'Tries dead letters again',
      access: 'operator',
      headers: ['Idempotency-Key'],
      body: { 'application/json': { schema: redriveWanted, example: { consumer: 'payments' } } },
      answers: {
        200: { text: 'With `dryRun`: nothing is done, and so they stand now.', schema: dryRedriven },
        202: { text: 'They have left the list.', schema: redriven, headers: ['Idempotency-Replayed'] },
      },
    },
    'GET /workers': {
      summary: 'The roles and their instances',
      access: 'operator',
      answers: { 200: { text: 'With what waits for each.', schema: listOf(worker) } },
    },
    'PATCH /workers/{role}': {
      summary: 'Pauses a role, or lets it go on',
      access: 'operator',
      path: { role: 'thumbnails' },
      body: { 'application/json': { schema: workerChange, example: { paused: true } } },
      answers: { 200: { text: 'On all its instances, and after a restart.', schema: worker } },
    },
    'GET /': { summary: 'The dashboard', headers: ['If-None-Match'], answers: { 200: html('A page for people.'), 304: unchanged } },
    'GET /dashboard/page/{name}': {
      summary: 'A part of the dashboard’s page',
      path: { name: 'app.js' },
      headers: ['If-None-Match'],
      answers: { 200: { text: 'A script, styles, a picture.', type: 'text/javascript', schema: z.string() }, 304: unchanged },
    },
    'GET /dashboard/stream': {
      summary: 'What the dashboard shows, whenever it changes',
      access: 'operator',
      answers: { 200: { text: 'Server-sent events, each a whole picture.', type: 'text/event-stream', schema: z.looseObject({}) } },
    },
    'GET /dashboard/photos': {
      summary: 'All photos, newest first',
      access: 'operator',
      query: photosWanted,
      answers: { 200: { text: 'A page.', schema: pageOf(z.looseObject({ id: z.uuid() })), headers: ['Cache-Control'] } },
    },
    'GET /dashboard/guidance': {
      summary: 'The guidance on background jobs, row by row',
      access: 'operator',
      answers: {
        200: { text: 'As docs/patterns.md has it.', schema: listOf(z.looseObject({ part: z.string() })), headers: ['Cache-Control'] },
      },
    },
    'GET /dashboard/orders/{id}/versions': {
      summary: 'An order at each of its versions',
      access: 'operator',
      answers: { 200: { text: 'Oldest first.', schema: listOf(z.looseObject({ version: z.int() })), headers: ['Cache-Control'] } },
      problems: ['not-found'],
    },
  },
};
