import { z } from 'zod';

export const imageTypes = ['image/jpeg', 'image/png', 'image/webp'] as const;
export type ImageType = (typeof imageTypes)[number];

/** Of one photo: what a print of 60 × 90 cm needs and a phone makes, and what a decoder can hold. */
export const mostPixels = 50_000_000;

export const rendition = z.object({
  name: z.enum(['thumb', 'preview', 'proof']),
  width: z.int().positive(),
  height: z.int().positive(),
  contentType: z.enum(imageTypes),
  /** Its name in the object store. It carries the pipeline's version, so that what it names never changes. */
  object: z.string(),
});
export type Rendition = z.infer<typeof rendition>;

/** Every fact a photo's stream can hold. Width and height are upright, in pixels. */
export const photoEventSchemas = {
  PhotoUploaded: z.object({
    contentType: z.enum(imageTypes),
    width: z.int().positive(),
    height: z.int().positive(),
    bytes: z.int().positive(),
    object: z.string(),
  }),
  RenderingStarted: z.object({}),
  RenderingFailed: z.object({ attempt: z.int().positive(), detail: z.string() }),
  PhotoReady: z.object({ width: z.int().positive(), height: z.int().positive(), renditions: z.array(rendition) }),
  PhotoRejected: z.object({ detail: z.string() }),
  /** Its images are deleted after it. */
  PhotoErased: z.object({}),
} as const;

export type PhotoEventType = keyof typeof photoEventSchemas;
export type PhotoEvent = {
  [T in PhotoEventType]: { readonly type: T; readonly data: z.infer<(typeof photoEventSchemas)[T]> };
}[PhotoEventType];
