import { letter, pageOf, type Answer, type RoleDescription } from '#libs/contract';
import { z } from 'zod';
import { Listing } from './inbox.controller.js';

const page = (type: string): Answer => ({ text: 'A part of the page.', type, schema: z.string(), headers: ['Cache-Control'] });

/** What the inbox of the consolidated host says of itself in openapi.json. */
export const description: RoleDescription = {
  service: 'status service',
  routes: {
    'GET /inbox': {
      summary: 'The mails that were sent',
      text: 'A page for whoever accepts `text/html`.',
      access: 'operator',
      query: Listing,
      answers: { 200: { text: 'Newest first.', schema: pageOf(letter), headers: ['Cache-Control'] } },
    },
    'GET /inbox/{id}': {
      summary: 'A mail',
      access: 'operator',
      answers: { 200: { text: 'Its head, its text, its links.', schema: letter, headers: ['Cache-Control'] } },
    },
    'GET /inbox/{id}/html': {
      summary: 'A mail’s HTML',
      access: 'operator',
      answers: {
        200: { text: 'As it was sent.', type: 'text/html', schema: z.string(), headers: ['Content-Security-Policy', 'Cache-Control'] },
      },
    },
    'GET /inbox/{id}/raw': {
      summary: 'A mail as it came',
      access: 'operator',
      answers: { 200: { text: 'RFC 5322.', type: 'message/rfc822', schema: z.string(), headers: ['Cache-Control'] } },
    },
    'GET /inbox/inbox.js': { summary: 'The script of its page', answers: { 200: page('text/javascript') } },
    'GET /inbox/inbox.css': { summary: 'The styles of its page', answers: { 200: page('text/css') } },
  },
};
