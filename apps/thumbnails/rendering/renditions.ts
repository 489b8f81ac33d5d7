/**
 * Raised with every change that gives another picture: a rendition's name is its address, which browsers keep for a year.
 */
export const pipelineVersion = 1;

/** The photo's own pixels. */
export const proof = { name: 'proof', quality: 92 } as const;

/** Each is made from the one before, the first from the proof, so that a photo is decoded once. `within`: the side of a square it fits, in pixels. */
export const smaller = [
  { name: 'preview', within: 1024, quality: 85 },
  { name: 'thumb', within: 160, quality: 82 },
] as const;

export type RenditionName = typeof proof.name | (typeof smaller)[number]['name'];
export type RenditionType = 'image/jpeg' | 'image/png';

/** Its name in the object store. The same photo rendered twice is the same bytes, so whoever comes second changes nothing. */
export const renditionObject = (photoId: string, name: RenditionName, contentType: RenditionType): string =>
  `photos/${photoId}/v${pipelineVersion}/${name}.${contentType === 'image/jpeg' ? 'jpg' : 'png'}`;
