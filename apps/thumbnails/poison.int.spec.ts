import { EmbeddedBus } from '#libs/bus';
import { MemoryObjects } from '#libs/objects';
import { postgresEventStore } from '#libs/store';
import { fold, photos, runRole } from '#libs/work';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { openDatabase } from '../../test/setup/database.js';
import { noise, oriented } from '../../test/setup/photos.js';
import { Relay } from '../relay/relay.js';
import { compileRendering, mebibytesAtRest } from './rendering/compiled.fixture.js';
import { thumbnails } from './work.js';

let opened: Awaited<ReturnType<typeof openDatabase>>;
let rendering: Awaited<ReturnType<typeof compileRendering>>;
beforeAll(async () => {
  opened = await openDatabase({ role: 'backroom_host', connections: 10 });
  rendering = await compileRendering();
});
afterAll(async () => {
  await opened?.close();
  await rendering?.remove();
});

it('a photo that kills each process it is rendered in is given up after the third; those beside and behind it are rendered', async () => {
  const { db } = opened;
  const { RenderProcesses } = rendering.compiled;
  // Enough for small photos, so that a large one is a bomb.
  const mostMebibytes = (await mebibytesAtRest(rendering.compiled)) + 30;
  const processes = new RenderProcesses({ processes: 1, timeoutMs: 60_000, mostMebibytes, idleMs: 60_000 });
  const deaths: string[] = [];
  const watched = Object.assign(Object.create(processes) as typeof processes, {
    async render(...given: Parameters<typeof processes.render>) {
      const rendered = await processes.render(...given);
      if ('died' in rendered) deaths.push(rendered.died);
      return rendered;
    },
  });
  const objects = new MemoryObjects();
  const bus = new EmbeddedBus();
  const relay = new Relay({ db, bus, instance: 'test', log: () => {}, onTheWay: 4 });
  const appended = (): void => relay.ring(['standard']);
  const role = runRole(thumbnails(watched, objects, db, 1), { db, bus, store: postgresEventStore, appended, log: () => {} });
  relay.start();
  const upload = async (bytes: Buffer): Promise<string> => {
    const id = crypto.randomUUID();
    const object = `photos/${id}/original`;
    await objects.put(object, bytes);
    const data = { contentType: 'image/jpeg', width: 4, height: 3, bytes: bytes.length, object };
    const write = { stream: `photo:${id}`, expected: 0, events: [{ type: 'PhotoUploaded', data }] };
    await db.transaction((tx) => postgresEventStore.append(tx, [{ ...write, meta: { lane: 'standard' }, at: new Date().toISOString() }]));
    appended();
    return write.stream;
  };
  const stateOf = async (stream: string) => fold(photos, (await postgresEventStore.load(db, [{ stream, after: 0 }])).get(stream) ?? []);
  const becomes = (stream: string, status: string) =>
    vi.waitFor(async () => expect((await stateOf(stream)).status).toBe(status), { timeout: 40_000, interval: 50 });
  try {
    const small = await oriented(40, 30, 6);
    const before = await upload(small);
    const poison = await upload(await noise(6_000, 6_000).jpeg({ quality: 50 }).toBuffer());
    const behind = await upload(small);
    await becomes(before, 'ready');
    await becomes(behind, 'ready');
    await becomes(poison, 'rejected');
    expect(deaths).toEqual(Array.from({ length: 3 }, () => `It took more than ${mostMebibytes} MiB.`));
    // An operator sees it, and it was tried once as an effect: the deaths are counted within.
    const letters = await db.run('t-letters', 'SELECT key, state, attempts FROM effects WHERE state <> $1', ['done']);
    expect(letters).toEqual([{ key: `${poison}:render`, state: 'dead', attempts: 1 }]);
  } finally {
    await relay.stop();
    await role.stop(1_000);
    await bus.close();
    await processes.close();
  }
}, 60_000);
