import type { PhotoEvent, PhotoEventType } from './events.js';

type Samples = { readonly [T in PhotoEventType]: Extract<PhotoEvent, { type: T }>['data'] };

/** One of each fact, for asyncapi.json and for whoever tests a consumer against it. */
export const photoSamples: Samples = {
  PhotoUploaded: { contentType: 'image/jpeg', width: 4_000, height: 3_000, bytes: 2_400_000, object: 'photos/01939a6e/original' },
  RenderingStarted: {},
  RenderingFailed: { attempt: 1, detail: 'The process that rendered it died.' },
  PhotoReady: {
    width: 4_000,
    height: 3_000,
    renditions: [{ name: 'thumb', width: 160, height: 120, contentType: 'image/jpeg', object: 'photos/01939a6e/1/thumb' }],
  },
  PhotoRejected: { detail: 'The photo cannot be read.' },
  PhotoErased: {},
};
