import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { pathOf, startHost, type TestHost } from '../setup/host.js';
import * as make from '../setup/photos.js';
import { anOrder, ledgerOf, place, reached, rfc3339, stepsOf, stockOf, uuidv7 } from './orders.js';
import { expectInvalid, expectProblem } from './problem.js';

let host: TestHost;
beforeAll(async () => void (host = await startHost()));
afterAll(() => host?.stop());

const mebibyte = 1024 * 1024;

interface Uploaded {
  readonly id: string;
  readonly token: string;
  readonly links: { status: string; stream: string };
}
interface Photo {
  readonly id: string;
  readonly status: string;
  readonly width: number;
  readonly height: number;
  readonly renditions: { name: string; width: number; height: number; contentType: string; url: string }[];
  readonly reason?: string;
}

const send = (bytes: Buffer, type = 'image/jpeg') => host.http().post('/photos').set('content-type', type).send(bytes);
const upload = async (bytes: Buffer): Promise<Uploaded> => (await send(bytes).expect(202)).body;

async function ended(photo: Uploaded): Promise<Photo> {
  let seen!: Photo;
  await vi.waitFor(
    async () => {
      seen = (await host.follow(photo.links.status).expect(200)).body;
      expect(['ready', 'rejected']).toContain(seen.status);
    },
    { timeout: 60_000, interval: 50 },
  );
  return seen;
}

/** What only decoding shows: the header is whole, the pixels are not. */
const cutOff = async (): Promise<Buffer> => {
  const whole = await make.noise(300, 200).jpeg().toBuffer();
  return whole.subarray(0, Math.floor(whole.length / 2));
};
const withPhoto = (photoId: string, more = {}) => ({ ...anOrder(), lines: [{ sku: 'PRINT-10X15', quantity: 1, photoId }], ...more });

describe('Front door: POST /photos', () => {
  test('202 with a token, and links to the status service that carry it', async () => {
    const answer = await send(await make.oriented(40, 30, 1)).expect(202);
    const { id, token, ...rest } = answer.body;
    expect(id).toMatch(uuidv7);
    expect(token).toMatch(/^[\w-]{43}$/);
    const status = `${host.url}/photos/${id}?token=${token}`;
    expect(rest).toEqual({ status: 'uploaded', links: { status, stream: `${host.url}/photos/${id}/stream?token=${token}` } });
    expect(answer.headers).toMatchObject({ location: status, 'cache-control': 'private, no-cache', 'referrer-policy': 'no-referrer' });
  });

  test('a form with the photo in its field `file`', async () => {
    const bytes = await make.oriented(40, 30, 1, 'png');
    const { body } = await host.http().post('/photos').attach('file', bytes, { filename: 'a.gif', contentType: 'text/plain' }).expect(202);
    expect(await ended(body)).toMatchObject({ status: 'ready', width: 40, height: 30 });
  });

  test('a form that is none, or another one → 400, 422 at the field', async () => {
    const photo = await make.oriented(40, 30, 1);
    expectInvalid(await host.http().post('/photos').field('note', 'x'), '/note');
    expectInvalid(await host.http().post('/photos').field('file', 'x'), '/file');
    expectInvalid(await host.http().post('/photos').attach('picture', photo, 'a.jpg'), '/picture');
    expectInvalid(await host.http().post('/photos').attach('file', photo, 'a.jpg').field('note', 'x'), '/note');
    expectInvalid(await host.http().post('/photos').attach('file', photo, 'a.jpg').attach('file', photo, 'b.jpg'), '/file');
    const form = (body: string, type = 'multipart/form-data; boundary=x') =>
      host.http().post('/photos').set('content-type', type).send(Buffer.from(body));
    expectInvalid(await form('--x--\r\n'), '/file');
    expectProblem(await form('--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nabc'), 400, 'malformed');
    expectProblem(await form('abc', 'multipart/form-data'), 400, 'malformed');
    expect(await host.countOf('PhotoUploaded')).toBe(2);
  });

  test('the content decides what it is, not its name or header', async () => {
    expect(await ended(await upload(await make.oriented(20, 10, 1, 'webp')))).toMatchObject({ status: 'ready' });
    expect((await send(await make.oriented(20, 10, 1, 'png'), 'image/x-icon').expect(202)).body.status).toBe('uploaded');
    expectProblem(await send(Buffer.from('GIF89a and so on')), 415, 'unsupported-media-type');
    expectProblem(await send(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), 'image/svg+xml'), 415, 'unsupported-media-type');
    expectProblem(await send(Buffer.alloc(0)), 415, 'unsupported-media-type');
    expectProblem(await host.http().post('/photos').attach('file', Buffer.from('%PDF-1.7'), 'a.jpg'), 415, 'unsupported-media-type');
  });

  test('another media type → 415, and an image sent to another address too', async () => {
    const photo = await make.oriented(20, 10, 1);
    expectProblem(await send(photo, 'application/octet-stream'), 415, 'unsupported-media-type');
    expectProblem(await host.http().post('/photos').send({}), 415, 'unsupported-media-type');
    expectProblem(await send(photo, 'application/json'), 415, 'unsupported-media-type');
    expectProblem(await host.http().post('/photos'), 415, 'unsupported-media-type');
    expectProblem(await host.http().post('/orders').set('content-type', 'image/jpeg').send(photo), 415, 'unsupported-media-type');
    expectProblem(await host.http().post('/orders').attach('file', photo, 'a.jpg'), 415, 'unsupported-media-type');
  });

  test('over 25 MiB → 413, over 50 megapixels or with a broken header → 422, and none of it is kept', async () => {
    const photo = await make.oriented(40, 30, 1);
    const before = await host.countOf('PhotoUploaded');
    expectProblem(await send(Buffer.concat([photo, Buffer.alloc(25 * mebibyte)])), 413, 'too-large');
    expectProblem(
      await host
        .http()
        .post('/photos')
        .attach('file', Buffer.concat([photo, Buffer.alloc(25 * mebibyte)]), 'a.jpg'),
      413,
      'too-large',
    );
    // Announced, and not waited for.
    const announced = httpRequest(`${host.url}/photos`, {
      method: 'POST',
      headers: { 'content-type': 'image/jpeg', 'content-length': 25 * mebibyte + 1 },
    });
    announced.flushHeaders();
    const [{ statusCode }] = (await once(announced, 'response')) as [IncomingMessage];
    announced.on('error', () => {}).destroy();
    expect(statusCode).toBe(413);
    expectInvalid(await send(make.emptyPng(10_000, 5_001)), '');
    expectInvalid(await send(photo.subarray(0, 10)), '');
    expectInvalid(await host.http().post('/photos').attach('file', photo.subarray(0, 10), 'a.jpg'), '/file');
    expect(await host.countOf('PhotoUploaded')).toBe(before);
  });

  test('Idempotency-Key: the same photo is the same answer, another one 422', async () => {
    const [photo, other] = [await make.oriented(40, 30, 1), await make.oriented(30, 40, 1)];
    const first = await send(photo).set('idempotency-key', 'photo 1').expect(202);
    const again = await send(photo).set('idempotency-key', 'photo 1').expect(202);
    expect(again.text).toBe(first.text);
    expect(again.headers.location).toBe(first.headers.location);
    expect(again.headers['idempotency-replayed']).toBe('true');
    expectProblem(await send(other).set('idempotency-key', 'photo 1'), 422, 'idempotency-key-reused');
    const many = await Promise.all(Array.from({ length: 10 }, () => send(other).set('idempotency-key', 'photo 2').expect(202)));
    expect(new Set(many.map(({ body }) => body.id)).size).toBe(1);
  });

  test('whoever hangs up in the middle leaves nothing', async () => {
    const before = await host.countOf('PhotoUploaded');
    const sent = httpRequest(`${host.url}/photos`, {
      method: 'POST',
      headers: { 'content-type': 'image/jpeg', 'content-length': 100_000 },
    });
    sent.on('error', () => {});
    sent.write(await make.oriented(40, 30, 1));
    await vi.waitFor(() => expect(sent.socket?.bytesWritten).toBeGreaterThan(500));
    sent.destroy();
    await upload(await make.oriented(10, 10, 1));
    expect(await host.countOf('PhotoUploaded')).toBe(before + 1);
  });
});

describe('Status service: photos', () => {
  test('the renditions: upright, sRGB, without metadata, never enlarged', async () => {
    const photo = await ended(await upload(await make.oriented(1_600, 1_200, 6)));
    expect(photo).toMatchObject({ status: 'ready', width: 1_600, height: 1_200 });
    expect(photo.renditions.map(({ name, width, height }) => [name, width, height]).toSorted()).toEqual([
      ['preview', 1_024, 768],
      ['proof', 1_600, 1_200],
      ['thumb', 160, 120],
    ]);
    for (const { url, width, height, contentType } of photo.renditions) {
      const answer = await host.follow(url).expect(200);
      expect(answer.headers).toMatchObject({
        'content-type': contentType,
        'cache-control': 'private, max-age=31536000, immutable',
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        etag: expect.stringMatching(/^"[^"]+"$/),
      });
      const seen = await sharp(answer.body).metadata();
      expect(seen).toMatchObject({ width, height, space: 'srgb' });
      expect([seen.exif, seen.icc, seen.xmp, seen.orientation]).toEqual([undefined, undefined, undefined, undefined]);
      const { etag } = answer.headers as { etag: string };
      expect((await host.follow(url).set('if-none-match', `"x", W/${etag}`).expect(304)).headers.etag).toBe(etag);
      const head = await host.http().head(pathOf(url, host.url)).expect(200);
      expect(head.headers['content-length']).toBe(answer.headers['content-length']);
    }
  });

  test('one that is small already stays as it is', async () => {
    const { renditions } = await ended(await upload(await make.oriented(64, 48, 1)));
    expect(new Set(renditions.map(({ width, height }) => `${width}×${height}`))).toEqual(new Set(['64×48']));
  });

  test('what only decoding shows is rejected, with its reason', async () => {
    const photo = await ended(await upload(await cutOff()));
    expect(photo).toMatchObject({ status: 'rejected', renditions: [] });
    expect(photo.reason).toMatch(/cannot be decoded/);
  });

  test('no credential → 401, whether or not it exists; one that does not fit, or an unknown name → 404', async () => {
    const photo = await upload(await make.oriented(20, 10, 1));
    await ended(photo);
    const other = await upload(await make.oriented(20, 10, 1));
    for (const where of ['', '/stream', '/renditions/thumb']) {
      expectProblem(await host.http().get(`/photos/${photo.id}${where}`), 401, 'unauthorized');
      expectProblem(await host.http().get(`/photos/0190b5a0-0000-7000-8000-000000000000${where}`), 401, 'unauthorized');
      const foreign = await host.http().get(`/photos/${photo.id}${where}?token=${other.token}`);
      expectProblem(foreign, 404, 'not-found');
      expect(foreign.headers['referrer-policy']).toBe('no-referrer');
      expect((await host.operator(`/photos/${photo.id}${where}`)).status).toBe(200);
    }
    expectProblem(await host.operator(`/photos/${photo.id}/renditions/huge`), 404, 'not-found');
    expectProblem(await host.operator('/photos/0190b5a0-0000-7000-8000-000000000000'), 404, 'not-found');
    expectProblem(await host.operator('/photos/none'), 404, 'not-found');
  });

  test('its stream tells every version once and closes when it is ready', async () => {
    const photo = await upload(await make.oriented(200, 100, 1));
    const [answer] = (await once(httpRequest(photo.links.stream).end(), 'response')) as [IncomingMessage];
    expect(answer.headers).toMatchObject({ 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    const events = [...(await text(answer)).matchAll(/^id: (\d+)\ndata: (.+)$/gm)].map(([, id, data]) => ({ id, ...JSON.parse(data!) }));
    expect(events.map(({ id, version, type, status }) => [id, version, type, status])).toEqual([
      ['1', 1, 'PhotoUploaded', 'uploaded'],
      ['2', 2, 'RenderingStarted', 'rendering'],
      ['3', 3, 'PhotoReady', 'ready'],
    ]);
    for (const { at } of events) expect(at).toMatch(rfc3339);
    expect(JSON.stringify(events)).not.toContain('/original');
    await host.follow(photo.links.stream).set('last-event-id', '3').expect(204);
    const { text: rest } = await host.follow(photo.links.stream).set('last-event-id', '2').expect(200);
    expect(rest.match(/^id: .*$/gm)).toEqual(['id: 3']);
  });
});

describe('An order with photos', () => {
  test('waits for its photos', async () => {
    const photo = await upload(await make.noise(3_000, 2_000).jpeg().toBuffer());
    const placed = await place(host, withPhoto(photo.id));
    const order = await reached(host, placed, 'completed');
    expect(stepsOf(order)).toMatchObject({ photos: 'done', ship: 'done' });
    expect(await ended(photo)).toMatchObject({ status: 'ready' });
  });

  test('fails before it touches stock or card when a photo is rejected meanwhile', async () => {
    const broken = await cutOff();
    // Those before it take a while, so that the order is there when its turn comes.
    const large = await make.noise(4_000, 3_000).jpeg({ quality: 60 }).toBuffer();
    for (let n = 0; n < 3; n++) await upload(large);
    const photo = await upload(broken);
    const before = await stockOf(host, 'PRINT-10X15');
    const placed = await place(host, withPhoto(photo.id));
    const order = await reached(host, placed, 'failed');
    expect(order.reason?.code).toBe('photo-rejected');
    expect(stepsOf(order)).toMatchObject({ photos: 'failed', reserve: 'skipped', authorise: 'skipped' });
    expect(await ledgerOf(host, placed)).toEqual([]);
    expect(await stockOf(host, 'PRINT-10X15')).toBe(before);
  });

  test('an unknown or rejected photo → 422 at it', async () => {
    const photo = await upload(await cutOff());
    await ended(photo);
    for (const id of [photo.id, '0190b5a0-0000-7000-8000-000000000000']) {
      expectInvalid(await host.http().post('/orders').send(withPhoto(id)), '/lines/0/photoId');
    }
    const lines = [
      { sku: 'NONE', quantity: 1, photoId: photo.id },
      { sku: 'MUG', quantity: 1 },
      { sku: 'NOR-THIS', quantity: 1 },
    ];
    expectInvalid(
      await host
        .http()
        .post('/orders')
        .send({ ...anOrder(), lines }),
      '/lines/0/sku',
      '/lines/2/sku',
      '/lines/0/photoId',
    );
  });
});
