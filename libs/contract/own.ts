import { z } from 'zod';
import { healthAnswer } from './answers.js';
import type { Answer, RoleDescription } from './described.js';

const health = (text: string): RoleDescription['routes'][string] => ({
  summary: text,
  answers: {
    200: { text: 'It is well.', schema: healthAnswer, headers: ['Cache-Control'] },
    503: { text: 'It is not.', schema: healthAnswer, headers: ['Cache-Control'] },
  },
});
const document = (text: string, type = 'application/json'): Answer => ({
  text,
  type,
  schema: type === 'application/json' ? z.looseObject({}) : z.string(),
  headers: ['ETag', 'Cache-Control'],
});
const unchanged: Answer = { text: 'What the client has is still right.', headers: ['ETag', 'Cache-Control'] };

/** What every process that has these documents, and every process at all, answers. */
export const own: RoleDescription = {
  routes: {
    'GET /health/live': health('Whether this process makes progress'),
    'GET /health/ready': health('Whether it can do its work now'),
    'GET /health': health('How it and what it depends on are'),
    'GET /metrics': {
      summary: 'Figures for Prometheus',
      answers: { 200: { text: 'Its text format.', type: 'text/plain', schema: z.string(), headers: ['Cache-Control'] } },
    },
    'GET /openapi.json': {
      summary: 'This document',
      headers: ['If-None-Match'],
      answers: { 200: document('OpenAPI 3.1.'), 304: unchanged },
    },
    'GET /asyncapi.json': {
      summary: 'What the shop tells on Kafka',
      headers: ['If-None-Match'],
      answers: { 200: document('AsyncAPI 3.0.'), 304: unchanged },
    },
    'GET /docs': {
      summary: 'This document, for people',
      headers: ['If-None-Match'],
      answers: { 200: document('A page that needs no other host.', 'text/html'), 304: unchanged },
    },
    'GET /docs/{name}': {
      summary: 'A part of that page',
      path: { name: 'docs.js' },
      headers: ['If-None-Match'],
      answers: { 200: document('A script or styles.', 'text/javascript'), 304: unchanged },
    },
  },
};
