import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { UnauthorizedException } from '@nestjs/common';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import nodemailer from 'nodemailer';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Settings } from '#libs/host';
import { InboxController } from './inbox.controller.js';
import { OPERATOR_GUARD } from './inbox.guard.js';
import { Inbox, startInbox } from './inbox.js';

const operator: CanActivate = {
  canActivate(context: ExecutionContext) {
    if (context.switchToHttp().getRequest().headers.authorization !== 'Bearer op') throw new UnauthorizedException();
    return true;
  },
};

let app: NestFastifyApplication;
let inbox: Inbox;
let dir: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'inbox-'));
  inbox = await startInbox({ dir });
  const module = await Test.createTestingModule({
    controllers: [InboxController],
    providers: [
      { provide: Inbox, useValue: inbox },
      { provide: Settings, useValue: { STATUS_URL: 'http://shop.example' } },
      { provide: OPERATOR_GUARD, useValue: operator },
    ],
  }).compile();
  app = module.createNestApplication<NestFastifyApplication>(new FastifyAdapter());
  await app.init();

  const transport = nodemailer.createTransport({ url: inbox.smtpUrl, ignoreTLS: true });
  const mail = { from: 'shop@backroom.example', to: 'ada@example.com' };
  await transport.sendMail({ ...mail, subject: 'plain', text: 'no more than this' });
  await transport.sendMail({ ...mail, subject: 'rich', text: 'text', html: '<script>alert(1)</script><img src="https://evil.example/x">' });
});

afterAll(async () => {
  await app?.close();
  await inbox?.close();
  await rm(dir, { recursive: true });
});

const get = (url: string, headers: Record<string, string> = {}) => app.inject({ url, headers: { authorization: 'Bearer op', ...headers } });
const asPerson = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };
const list = async (query = '') => (await get(`/inbox${query}`)).json();

test('a program gets the list', async () => {
  const answer = await get('/inbox');
  expect(answer.headers).toMatchObject({ 'cache-control': 'no-store', vary: 'accept' });
  const { items, next } = answer.json();
  expect(next).toBeNull();
  expect(items.map(({ subject, to, text, html }: never) => ({ subject, to, text, html }))).toEqual([
    { subject: 'rich', to: ['ada@example.com'], text: 'text', html: true },
    { subject: 'plain', to: ['ada@example.com'], text: 'no more than this\n', html: false },
  ]);
  const self = `http://shop.example/inbox/${items[0].id}`;
  expect(items[0].links).toEqual({ self, raw: `${self}/raw`, html: `${self}/html` });
  expect(items[1].links).not.toHaveProperty('html');
});

test('page by page', async () => {
  const { items, next } = await list('?limit=1&unknown=x');
  expect(items).toHaveLength(1);
  expect((await list(`?limit=1&cursor=${next}`)).items[0].subject).toBe('plain');
});

test.each(['?limit=0', '?limit=201', '?limit=x', '?limit=', '?limit=1&limit=2', '?cursor=x'])('%s is no page', async (query) => {
  expect((await get(`/inbox${query}`)).statusCode).toBe(422);
});

test('one mail: about it, its HTML locked up, its bytes', async () => {
  const [{ id }] = (await list()).items;
  expect((await get(`/inbox/${id}`)).json()).toMatchObject({ id, subject: 'rich', from: 'shop@backroom.example', html: true });
  const html = await get(`/inbox/${id}/html`);
  expect(html.headers['content-type']).toBe('text/html; charset=utf-8');
  expect(html.headers['content-security-policy']).toMatch(/^sandbox (?!.*allow-scripts).*default-src 'none'/);
  const raw = await get(`/inbox/${id}/raw`);
  expect(raw.headers['content-type']).toBe('message/rfc822');
  expect(raw.body).toContain('Subject: rich\r\n');
});

test('what is not there', async () => {
  const plain = (await list()).items[1].id;
  const never = '0190b2a4-7c1e-7d3a-9f00-3c5d8c2f10ab';
  for (const path of [`${plain}/html`, never, `${never}/html`, `${never}/raw`, 'x', '..%2f..%2fetc%2fpasswd/raw'])
    expect([path, (await get(`/inbox/${path}`)).statusCode]).toEqual([path, 404]);
});

describe('without the operator’s token', () => {
  test('no mail is shown, whatever is asked for', async () => {
    const [{ id }] = (await list()).items;
    const stranger = { authorization: 'Bearer no' };
    for (const path of ['/inbox', `/inbox/${id}`]) expect((await get(path, stranger)).statusCode).toBe(401);
    for (const path of [`/inbox/${id}/html`, `/inbox/${id}/raw`])
      for (const accept of ['*/*', asPerson.accept]) expect((await get(path, { ...stranger, accept })).statusCode).toBe(401);
  });

  test('the page is, which holds none and allows no script but its own', async () => {
    const [{ id }] = (await list()).items;
    for (const path of ['/inbox', `/inbox/${id}`]) {
      const page = await get(path, { authorization: '', ...asPerson });
      expect(page.statusCode).toBe(200);
      expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
      expect(page.headers['content-security-policy']).toMatch(/script-src 'self';/);
      expect(page.body).not.toMatch(/rich|<script(?! type="module" src="\/inbox\/inbox\.js">)|\son\w+=/);
    }
    expect((await get('/inbox/inbox.js', { authorization: '' })).headers['content-type']).toBe('text/javascript; charset=utf-8');
    expect((await get('/inbox/inbox.css', { authorization: '' })).headers['content-type']).toBe('text/css; charset=utf-8');
  });
});
