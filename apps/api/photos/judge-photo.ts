import { mostPixels, type ImageType } from '#libs/photo';
import type { Ask, HeaderReader, Size, Unreadable } from './header.js';
import { jpegHeader } from './jpeg-header.js';
import { pngHeader } from './png-header.js';
import { webpHeader } from './webp-header.js';

export type Verdict = ({ readonly contentType: ImageType } & Size) | Refused;
export interface Refused {
  /** 415: no JPEG, PNG or WebP. 422: one of them, but its header cannot be read or tells of too many pixels. */
  readonly refused: 415 | 422;
  readonly detail: string;
}

/**
 * Judges an upload by its first bytes while it passes by, without decoding: what it is, and how large. The name it has and the type it is
 * sent under say nothing. Keeps 64 KiB of it at most.
 */
export class PhotoJudge {
  readonly #reading = photo();
  #state: IteratorResult<Ask, Verdict> = this.#reading.next();
  #held: Buffer = Buffer.alloc(0);

  /** @returns `undefined` while it has to see more */
  push(chunk: Uint8Array): Verdict | undefined {
    if (this.#state.done) return this.#state.value;
    this.#held = this.#held.length ? Buffer.concat([this.#held, chunk]) : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    while (!this.#state.done) {
      const ask = this.#state.value;
      if ('take' in ask) {
        if (this.#held.length < ask.take) return undefined;
        this.#state = this.#reading.next(this.#cut(ask.take));
      } else if (this.#held.length < ask.skip) {
        this.#state = { value: { skip: ask.skip - this.#cut(this.#held.length).length } };
        return undefined;
      } else {
        this.#state = this.#reading.next(this.#cut(ask.skip));
      }
    }
    this.#held = Buffer.alloc(0);
    return this.#state.value;
  }

  /** The upload ends here. */
  end(): Verdict {
    while (!this.#state.done) this.#state = this.#reading.next(this.#cut(this.#held.length));
    return this.#state.value;
  }

  #cut(length: number): Buffer {
    const cut = this.#held.subarray(0, length);
    this.#held = this.#held.subarray(length);
    return cut;
  }
}

function* photo(): HeaderReader<Verdict> {
  const start = (yield { take: 3 }).toString('latin1');
  if (start === '\xff\xd8\xff') return judge('image/jpeg', yield* jpegHeader());
  if (start === '\x89PN' && (yield { take: 5 }).toString('latin1') === 'G\r\n\x1a\n') return judge('image/png', yield* pngHeader());
  if (start === 'RIF' && /^F[^]{4}WEBP$/.test((yield { take: 9 }).toString('latin1'))) return judge('image/webp', yield* webpHeader());
  return { refused: 415, detail: 'This is no JPEG, PNG or WebP image.' };
}

function judge(contentType: ImageType, size: Size | Unreadable): Verdict {
  if ('unreadable' in size) return { refused: 422, detail: size.unreadable };
  const { width, height } = size;
  if (width === 0 || height === 0) return { refused: 422, detail: 'The image has no pixels.' };
  if (width * height > mostPixels) {
    return { refused: 422, detail: `The image has ${width} × ${height} pixels; at most ${mostPixels / 1e6} megapixels are taken.` };
  }
  return { contentType, width, height };
}
