import { simpleParser } from 'mailparser';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { oriented } from '../setup/photos.js';
import { startHost, type TestHost } from '../setup/host.js';
import { anOrder, place, reached, type Placed } from './orders.js';

let host: TestHost;
beforeAll(async () => void (host = await startHost()));
afterAll(() => host?.stop());

interface Letter {
  readonly to: string[];
  readonly messageId: string;
  readonly text: string;
  readonly html: boolean;
  readonly links: { raw: string };
}

/** The mails of an order once its status says that they are sent. */
async function mailsOf(placed: Placed, email: string, ...kinds: string[]): Promise<Letter[]> {
  await vi.waitFor(
    async () => {
      const { notifications } = (await host.follow(placed.links.status).expect(200)).body;
      expect(notifications).toEqual(kinds.map((kind) => ({ kind, state: 'sent', at: expect.any(String) })));
    },
    { timeout: 60_000, interval: 50 },
  );
  const { items } = (await host.operator(`/inbox?to=${encodeURIComponent(email)}`).expect(200)).body;
  return items.toReversed();
}

const kindsOf = (mails: Letter[]): string[] => mails.map(({ messageId }) => messageId.split('@')[0]!).toSorted();

describe('E-mail', () => {
  test('a completed order: confirmation and shipped, each once, by the headers of the page', async () => {
    const email = `${crypto.randomUUID()}@example.com`;
    const placed = await place(host, anOrder({ email }));
    await reached(host, placed, 'completed');
    const mails = await mailsOf(placed, email, 'order-confirmation', 'order-shipped');
    expect(kindsOf(mails)).toEqual([`order-confirmation.${placed.id}`, `order-shipped.${placed.id}`]);
    for (const mail of mails) {
      expect(mail).toMatchObject({ to: [email], html: true, text: expect.stringMatching(/./) });
      const raw = await fetch(mail.links.raw, { headers: host.operatorHeaders });
      const text = await raw.text();
      expect(text).toMatch(/^Auto-Submitted: auto-generated\r?$/im);
      expect(text).toMatch(new RegExp(`^Message-ID:\\s+<order-(confirmation|shipped)\\.${placed.id}@[^>]+>\\r?$`, 'im'));
      expect(text).not.toMatch(/42424242/);
    }
  });

  test('the photo is in it, small and inline, once however many lines it stands on', async () => {
    const email = `${crypto.randomUUID()}@example.com`;
    const photo = (
      await host
        .http()
        .post('/photos')
        .set('content-type', 'image/jpeg')
        .send(await oriented(400, 200, 1))
    ).body;
    const line = { sku: 'PRINT-10X15', quantity: 1, photoId: photo.id };
    const placed = await place(host, { ...anOrder({ email }), lines: [line, { ...line, sku: 'MUG' }] });
    await reached(host, placed, 'completed');
    for (const mail of await mailsOf(placed, email, 'order-confirmation', 'order-shipped')) {
      const raw = await fetch(mail.links.raw, { headers: host.operatorHeaders });
      const { attachments, html } = await simpleParser(Buffer.from(await raw.arrayBuffer()), { skipImageLinks: true });
      const pictures = attachments.map(({ contentType, contentDisposition, related }) => ({ contentType, contentDisposition, related }));
      expect(pictures).toEqual([{ contentType: 'image/jpeg', contentDisposition: 'inline', related: true }]);
      expect(await sharp(attachments[0]!.content).metadata()).toMatchObject({ width: 160, height: 80 });
      expect(String(html).split(`cid:${attachments[0]!.cid}`)).toHaveLength(3);
    }
  });

  test('a declined order: order-cancelled alone, once', async () => {
    const email = `${crypto.randomUUID()}@example.com`;
    const placed = await place(host, anOrder({ email, card: '4000000000000002' }));
    await reached(host, placed, 'failed');
    expect(kindsOf(await mailsOf(placed, email, 'order-cancelled'))).toEqual([`order-cancelled.${placed.id}`]);
  });

  test('a refused parcel: confirmation, then order-cancelled, and no order-shipped', async () => {
    const email = `${crypto.randomUUID()}@example.com`;
    const placed = await place(host, anOrder({ email, postcode: '00000' }));
    await reached(host, placed, 'failed');
    const mails = await mailsOf(placed, email, 'order-confirmation', 'order-cancelled');
    expect(kindsOf(mails)).toEqual([`order-cancelled.${placed.id}`, `order-confirmation.${placed.id}`]);
  });

  test('the operator reads them at /inbox, 50 a page unless said', async () => {
    const { body } = await host.operator('/inbox?limit=1').expect(200);
    expect(body.items).toHaveLength(1);
    expect(body.next).toEqual(expect.any(String));
    const more = (await host.operator(`/inbox?limit=1&cursor=${body.next}`).expect(200)).body;
    expect(more.items[0].id).not.toBe(body.items[0].id);
    await host.operator('/inbox?limit=0').expect(422);
  });
});
