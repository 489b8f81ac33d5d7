import { FilesystemObjects, MemoryObjects, type Objects } from '#libs/objects';
import { fastify } from 'fastify';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { request, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import * as make from '../../../test/setup/photos.js';
import { takeUploads, uploadOf } from './upload.js';
import { mostBytes, originalOf, receivePhoto } from './receive-photo.js';

let folder: string;
let objects: Objects;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'backroom-receive-'));
});
beforeEach(async () => {
  objects = await FilesystemObjects.open(folder);
});
afterAll(() => rm(folder, { recursive: true }));

const name = originalOf('0190a0a0-0000-7000-8000-000000000001');
const filesIn = async (): Promise<string[]> =>
  (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile()).map((entry) => entry.name);
const pieces = (upload: Buffer, size: number): Readable =>
  Readable.from(Array.from({ length: Math.ceil(upload.length / size) }, (_, i) => upload.subarray(i * size, (i + 1) * size)));
/** A JPEG followed by as many bytes as make it that long. */
const jpegOf = async (bytes: number): Promise<Buffer> => {
  const jpeg = await make.pixels(40, 30).jpeg().toBuffer();
  return Buffer.concat([jpeg, Buffer.alloc(bytes - jpeg.length)]);
};

describe('a photo received', () => {
  it('is stored byte for byte, and told of', async () => {
    const photo = await make.oriented(40, 30, 6);
    expect(await receivePhoto(objects, name, pieces(photo, 100))).toEqual({
      object: name,
      contentType: 'image/jpeg',
      width: 40,
      height: 30,
      bytes: photo.length,
      sha256: createHash('sha256').update(photo).digest('hex'),
    });
    const found = await objects.get(name);
    expect((await buffer(found!.stream)).equals(photo)).toBe(true);
    await objects.delete(name);
  });

  it('may have 25 MiB, and not a byte more', async () => {
    const largest = await jpegOf(mostBytes);
    expect(await receivePhoto(objects, name, pieces(largest, 65_536))).toMatchObject({ bytes: 26_214_400 });
    await objects.delete(name);
    expect(await receivePhoto(objects, name, pieces(Buffer.concat([largest, Buffer.from('x')]), 65_536))).toMatchObject({ refused: 413 });
    expect(await filesIn()).toEqual([]);
  });

  it('was too large if the parser before us has cut it off', async () => {
    const upload = Object.assign(pieces(await jpegOf(5_000), 1_000), { truncated: true });
    expect(await receivePhoto(objects, name, upload)).toMatchObject({ refused: 413 });
    expect(await filesIn()).toEqual([]);
  });

  it('is asked for at the pace of the store', async () => {
    let made = 0;
    const photo = await jpegOf(65_536);
    const upload = new Readable({ highWaterMark: 65_536, read: () => void upload.push((made += 1) > 100 ? null : photo) });
    let open = (): void => undefined;
    const opened = new Promise<void>((resolve) => (open = resolve));
    class SlowObjects extends MemoryObjects {
      override put(object: string, source: AsyncIterable<Uint8Array>): Promise<void> {
        const slowly = async function* () {
          for await (const chunk of source) {
            await opened;
            yield chunk;
          }
        };
        return super.put(object, slowly());
      }
    }
    const received = receivePhoto(new SlowObjects(), name, upload);
    await expect.poll(() => made).toBeGreaterThan(0);
    for (let turn = 0; turn < 50; turn += 1) await nextTurn();
    expect(made).toBeLessThan(5);
    open();
    expect(await received).toMatchObject({ bytes: 6_553_600 });
  });
});

describe('an upload that leaves nothing', () => {
  it.each([
    ['no photo', Buffer.from('%PDF-1.7 and so on'), 415],
    ['nothing', Buffer.alloc(0), 415],
    ['too many pixels', make.emptyPng(20_000, 20_000), 422],
    ['a header cut off', make.emptyPng(20, 20).subarray(0, 20), 422],
  ])('%s', async (_, upload, refused) => {
    expect(await receivePhoto(objects, name, pieces(upload, 7))).toMatchObject({ refused, detail: expect.any(String) });
    expect(await filesIn()).toEqual([]);
  });

  it('one that breaks off: with its own error', async () => {
    const upload = new PassThrough();
    upload.write(await jpegOf(5_000));
    const received = receivePhoto(objects, name, upload);
    await expect.poll(filesIn).toHaveLength(1);
    upload.destroy(new Error('the line is dead'));
    await expect(received).rejects.toThrow('the line is dead');
    expect(await filesIn()).toEqual([]);
  });

  it('one that is closed without an end', async () => {
    const upload = new PassThrough();
    upload.write(await jpegOf(5_000));
    const received = receivePhoto(objects, name, upload);
    await expect.poll(filesIn).toHaveLength(1);
    upload.destroy();
    await expect(received).rejects.toThrow();
    expect(await filesIn()).toEqual([]);
  });

  it('one refused whose sender hangs up then: nobody is left to hear of it', async () => {
    const upload = new PassThrough();
    upload.write('%PDF-1.7');
    expect(await receivePhoto(objects, name, upload)).toMatchObject({ refused: 415 });
    const closed = new Promise((resolve) => upload.once('close', resolve));
    upload.destroy(new Error('the line is dead'));
    await closed;
  });

  it('one the store has no room for', async () => {
    class FullObjects extends MemoryObjects {
      override put(): Promise<void> {
        return Promise.reject(new Error('no space left'));
      }
    }
    await expect(receivePhoto(new FullObjects(), name, pieces(await jpegOf(5_000), 100))).rejects.toThrow('no space left');
  });
});

describe('over HTTP', () => {
  /** Answers each upload with what came of it. */
  const http = fastify({ bodyLimit: 1024 });
  beforeAll(async () => {
    takeUploads(http, '/');
    http.post('/', async (request, reply) => {
      const answer = await receivePhoto(objects, name, (await uploadOf(request)).bytes);
      return reply.code('refused' in answer ? answer.refused : 202).send(answer);
    });
    await http.listen({ port: 0, host: '127.0.0.1' });
  });
  afterAll(() => http.close());
  const post = (headers: Record<string, string | number>) =>
    request({ port: (http.server.address() as AddressInfo).port, host: '127.0.0.1', method: 'POST', headers });
  const form = (upload: Buffer): Buffer =>
    Buffer.concat([
      Buffer.from('--x\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'),
      upload,
      Buffer.from('\r\n--x--\r\n'),
    ]);

  describe.each([
    ['raw', 'image/jpeg', (upload: Buffer) => upload],
    ['multipart', 'multipart/form-data; boundary=x', form],
  ])('%s', (_, contentType, body) => {
    const statusOf = async (upload: Buffer): Promise<number | undefined> => {
      const sent = post({ 'content-type': contentType });
      const answered = once(sent, 'response');
      sent.end(body(upload));
      const [response] = (await answered) as [IncomingMessage];
      await buffer(response);
      return response.statusCode;
    };

    it('stores a photo', async () => {
      expect(await statusOf(await make.oriented(40, 30, 6))).toBe(202);
      await objects.delete(name);
    });

    it('whoever sends too much or no photo, and is still sending, sees the answer', async () => {
      expect(await statusOf(await jpegOf(mostBytes + 1))).toBe(413);
      expect(await statusOf(await jpegOf(mostBytes + 5_000_000))).toBe(413);
      expect(await statusOf(Buffer.alloc(20_000_000, '%PDF-'))).toBe(415);
      expect(await filesIn()).toEqual([]);
    });

    it('whoever hangs up in the middle leaves nothing', async () => {
      const sent = post({ 'content-type': contentType, 'content-length': 1_000_000 });
      sent.on('error', () => {});
      sent.write(body(await jpegOf(50_000)).subarray(0, 40_000));
      await expect.poll(filesIn).toHaveLength(1);
      sent.destroy();
      await expect.poll(filesIn).toEqual([]);
    });
  });
});
