import { describe, expect, it } from 'vitest';
import { photo, whyNoPrint, type PhotoEvent } from './index.js';

const at = '2026-11-24T08:00:00.000Z';
const uploaded: PhotoEvent = { type: 'PhotoUploaded', data: { contentType: 'image/png', width: 4, height: 3, bytes: 99, object: 'o' } };
const fold = (...events: PhotoEvent[]) => events.reduce((state, event) => photo.evolve(state, event, at), photo.initial);

describe('a photo', () => {
  it('starts rendering once', () => {
    const started = photo.decide({ do: 'start-rendering' }, fold(uploaded));
    expect(started).toEqual([{ type: 'RenderingStarted', data: {} }]);
    expect(photo.decide({ do: 'start-rendering' }, fold(uploaded, { type: 'RenderingStarted', data: {} }))).toEqual([]);
  });

  it('ends once: what comes after is nothing new', () => {
    const rejected = fold(uploaded, { type: 'PhotoRejected', data: { detail: 'truncated' } });
    expect(rejected).toMatchObject({ status: 'rejected', reason: 'truncated', version: 2 });
    expect(photo.decide({ do: 'rendered', width: 4, height: 3, renditions: [] }, rejected)).toEqual([]);
  });

  it('is erased once, however it had ended, and is nobody’s to print then', () => {
    const ready = fold(uploaded, { type: 'PhotoReady', data: { width: 4, height: 3, renditions: [] } });
    expect(photo.decide({ do: 'erase' }, ready)).toEqual([{ type: 'PhotoErased', data: {} }]);
    const erased = fold(uploaded, { type: 'PhotoErased', data: {} });
    for (const command of ['erase', 'start-rendering'] as const) expect(photo.decide({ do: command }, erased)).toEqual([]);
    expect([whyNoPrint(ready), whyNoPrint(erased)]).toEqual([undefined, 'This photo has been deleted.']);
  });

  it('is refused where there is none', () => {
    expect(photo.decide({ do: 'reject', detail: 'x' }, photo.initial)).toHaveProperty('refused');
  });
});
