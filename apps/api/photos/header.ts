/** What a reader of headers wants next of the upload: so many bytes (it gets fewer only where the upload ends), or to pass over so many. */
export type Ask = { readonly take: number } | { readonly skip: number };

/** In pixels, upright. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Reads a header piece by piece, so that one which begins with megabytes of profiles is judged without being kept. */
export type HeaderReader<T = Size | Unreadable> = Generator<Ask, T, Buffer>;

export interface Unreadable {
  /** A sentence for whoever sent it. */
  readonly unreadable: string;
}

export const cutOff: Unreadable = { unreadable: 'The image ends within its header.' };

/** Photos have some dozens of segments before their size; whoever sends thousands wants to keep us busy. */
export const mostSegments = 2_000;

/** Orientations 5 to 8 lie on their side. */
export const upright = ({ width, height }: Size, orientation: number): Size =>
  orientation >= 5 ? { width: height, height: width } : { width, height };
