import type { Settings } from '#libs/host';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { expect, it } from 'vitest';
import { PageController } from './page-controller.js';

/** What the page is sent with. */
function sent(PUBLIC_URL: string, STATUS_URL: string): { page: string; policy: string } {
  const answer = { page: '', policy: '' };
  const reply = {
    headers: (all: Record<string, string>) => void (answer.policy = all['content-security-policy']!),
    header: () => reply,
    send: (body: Buffer) => void (answer.page = String(body)),
  };
  new PageController({ PUBLIC_URL, STATUS_URL } as Settings).dashboard({ headers: {} } as FastifyRequest, reply as unknown as FastifyReply);
  return answer;
}

it('may ask the front door where that is another origin, and knows where it is', () => {
  const { page, policy } = sent('https://shop.example/api', 'https://status.shop.example');
  expect(page).toContain('data-front-door="https://shop.example/api"');
  expect(policy).toContain("connect-src 'self' https://shop.example;");
});

it('asks nobody else where both are one, by whatever name it is opened', () => {
  const { page, policy } = sent('http://localhost:3000', 'http://localhost:3000');
  expect(page).toContain('data-front-door=""');
  expect(policy).toContain("connect-src 'self';");
});

it('cannot be broken out of by a setting', () => {
  expect(sent('https://shop.example/a"b$&', 'https://status.shop.example').page).toContain(
    'data-front-door="https://shop.example/a%22b$&"',
  );
});
