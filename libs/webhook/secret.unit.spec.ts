import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { signatureOf, webhookSecret } from './secret.js';

const body = '{"type":"order.placed","name":"Zoë"}';
const now = (): number => Math.floor(Date.now() / 1000);
const headers = (secret: string, signed = { id: 'msg_1', timestamp: now(), body }) => ({
  'webhook-id': signed.id,
  'webhook-timestamp': String(signed.timestamp),
  'webhook-signature': signatureOf(signed, secret),
});

describe('a call’s signature', () => {
  const secret = webhookSecret('the shop’s', 'an-order');

  it('is what the public package of Standard Webhooks verifies', () => {
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(new Webhook(secret).verify(body, headers(secret))).toEqual(JSON.parse(body));
  });

  it('holds for that body, that id and that time alone', () => {
    const hook = new Webhook(secret);
    expect(() => hook.verify(`${body} `, headers(secret))).toThrow();
    expect(() => hook.verify(body, { ...headers(secret), 'webhook-id': 'msg_2' })).toThrow();
    expect(() => hook.verify(body, { ...headers(secret), 'webhook-timestamp': String(now() - 1) })).toThrow();
  });

  it('is of each order’s own secret', () => {
    expect(webhookSecret('the shop’s', 'an-order')).toBe(secret);
    for (const other of [webhookSecret('the shop’s', 'another'), webhookSecret('another', 'an-order')])
      expect(() => new Webhook(other).verify(body, headers(secret))).toThrow();
  });
});
