import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { anOrder, place, reached } from './contract/orders.js';
import { startHost, type TestHost } from './setup/host.js';
import { noise, oriented } from './setup/photos.js';

let host: TestHost;
beforeAll(async () => void (host = await startHost({ PRINTER_DELAY_MS: '10000' })));
afterAll(() => host?.stop());

describe('An express order overtakes', () => {
  test('a standard backlog', async () => {
    const backlog = 300;
    await Promise.all(Array.from({ length: backlog }, () => place(host)));
    const express = await place(host, { ...anOrder(), priority: 'express' });
    await reached(host, express, 'completed');
    // 64 are printed at once, ten seconds each: five turns, and the express order has waited for none but its own.
    expect(await host.countOf('OrderCompleted')).toBeLessThan(backlog - 64);
  });

  test('with its photos, though they were uploaded last', async () => {
    const large = await noise(3_000, 2_000).jpeg({ quality: 50 }).toBuffer();
    const upload = async (photo: Buffer): Promise<string> =>
      (await host.http().post('/photos').set('content-type', 'image/jpeg').send(photo).expect(202)).body.id;
    const backlog = 20;
    for (let n = 0; n < backlog; n++) await upload(large);
    const photoId = await upload(await oriented(40, 30, 1));
    const order = await place(host, { ...anOrder(), priority: 'express', lines: [{ sku: 'MUG', quantity: 1, photoId }] });
    await reached(host, order, 'paying', 'printing');
    expect(await host.countOf('PhotoReady')).toBeLessThan(backlog / 2);
  });
});
