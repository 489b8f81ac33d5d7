import { MemoryObjects } from '#libs/objects';
import type { PhotoCommand } from '#libs/photo';
import type { Database } from '#libs/store';
import type { Settled } from '#libs/work';
import { describe, expect, it } from 'vitest';
import { makeRenditions } from './make-renditions.js';
import type { RenderProcesses } from './rendering/render-process.js';

const stream = 'photo:0190b5a0-0000-7000-8000-000000000000';
const object = 'photos/0190b5a0-0000-7000-8000-000000000000/original';
const uploaded = { contentType: 'image/jpeg', width: 4, height: 3, bytes: 3, object };
const row = { stream, version: 1, type: 'PhotoUploaded', data: uploaded, meta: { lane: 'standard' }, at: new Date() };
const db = { run: async () => [row] } as unknown as Database;

/** Answers one after the other; the last for ever. */
function renderer(...answers: object[]) {
  const asked: Buffer[] = [];
  const render = async (source: Buffer) => {
    asked.push(source);
    return answers[Math.min(asked.length, answers.length) - 1];
  };
  return { asked, processes: { render } as unknown as RenderProcesses };
}
const died = { died: 'SIGSEGV' };
const image = { name: 'thumb', width: 4, height: 3, contentType: 'image/jpeg', bytes: Buffer.from('small') };
const rendered = { width: 4, height: 3, renditions: [image] };

async function attempt(processes: RenderProcesses, objects = new MemoryObjects(), attempt = 1, store = db) {
  await objects.put(object, Buffer.from('abc'));
  const effect = makeRenditions(processes, objects, store, 1);
  const outcome = await effect.perform({ stream }, `${stream}:render`, new AbortController().signal, attempt);
  return effect.settle({ stream }, { ...outcome, attempt, givenUp: attempt >= effect.attempts } as Settled<never>);
}

describe('rendering a photo', () => {
  it('tells of the renditions once all of them are there', async () => {
    const objects = new MemoryObjects();
    const { command } = await attempt(renderer(rendered).processes, objects);
    expect(command).toMatchObject({ do: 'rendered', width: 4, height: 3, renditions: [{ name: 'thumb', width: 4, height: 3 }] });
    const { renditions } = command as Extract<PhotoCommand, { do: 'rendered' }>;
    for (const { object } of renditions) expect(await objects.get(object)).toBeDefined();
  });

  it('a process that died by chance is replaced', async () => {
    const { asked, processes } = renderer(died, died, rendered);
    expect(await attempt(processes)).toMatchObject({ command: { do: 'rendered' } });
    expect(asked).toHaveLength(3);
  });

  it('what kills each process is rejected, and shown to an operator', async () => {
    const { asked, processes } = renderer(died);
    expect(await attempt(processes)).toEqual({ command: { do: 'reject', detail: 'The photo cannot be rendered.' }, dead: true });
    expect(asked).toHaveLength(3);
  });

  it('what cannot be decoded is rejected with what is wrong with it', async () => {
    expect(await attempt(renderer({ rejected: 'It is cut off.' }).processes)).toEqual({
      command: { do: 'reject', detail: 'It is cut off.' },
    });
  });

  it('one that was erased meanwhile is not rendered', async () => {
    const gone = { run: async () => [row, { ...row, version: 2, type: 'PhotoErased', data: {} }] } as unknown as Database;
    const { asked, processes } = renderer(rendered);
    expect(await attempt(processes, new MemoryObjects(), 1, gone)).toEqual({});
    expect(asked).toEqual([]);
  });

  it('our own trouble is no fault of the photo, however long it lasts', async () => {
    class Lost extends MemoryObjects {
      override async get() {
        return undefined;
      }
    }
    expect(await attempt(renderer(rendered).processes, new Lost(), 9)).toMatchObject({ command: { do: 'rendering-failed', attempt: 9 } });
    expect(await attempt(renderer(rendered).processes, new Lost(), 50)).toEqual({ dead: true });
  });
});
