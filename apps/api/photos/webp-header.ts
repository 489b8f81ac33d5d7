import { cutOff, mostSegments, upright, type HeaderReader, type Size } from './header.js';
import { orientationOf } from './orientation.js';

const EXIF_FLAG = 0x08;
const mostExif = 65_536;
const broken = { unreadable: 'The WebP image has a broken header.' };

/** Reads the first chunk (RFC 9649, 2.4–2.7), after the twelve bytes `RIFF….WEBP`. */
export function* webpHeader(): HeaderReader {
  const chunk = yield { take: 18 };
  if (chunk.length < 18) return cutOff;
  const length = chunk.readUInt32LE(4);
  const body = chunk.subarray(8);
  switch (chunk.toString('latin1', 0, 4)) {
    case 'VP8 ':
      // A key frame, its start code, then 14 bits each; the two bits above them are for scaling.
      if (length < 10 || (body[0]! & 1) !== 0 || body.readUIntBE(3, 3) !== 0x9d012a) return broken;
      return { width: body.readUInt16LE(6) & 0x3fff, height: body.readUInt16LE(8) & 0x3fff };
    case 'VP8L': {
      const bits = body.readUInt32LE(1);
      if (length < 5 || body[0] !== 0x2f || bits >>> 29 !== 0) return broken;
      return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
    }
    case 'VP8X':
      if (length !== 10) return broken;
      return yield* extended({ width: body.readUIntLE(4, 3) + 1, height: body.readUIntLE(7, 3) + 1 }, (body[0]! & EXIF_FLAG) !== 0);
    default:
      return broken;
  }
}

/** EXIF data stand behind the pixels, so the whole upload passes by before an image that has some is known. */
function* extended(size: Size, hasExif: boolean): HeaderReader<Size> {
  for (let chunks = 0; hasExif && chunks < mostSegments; chunks += 1) {
    const head = yield { take: 8 };
    if (head.length < 8) return size;
    const length = head.readUInt32LE(4);
    if (head.toString('latin1', 0, 4) === 'EXIF' && length <= mostExif) {
      const exif = yield { take: length };
      // Some writers keep JPEG's introduction.
      return upright(size, orientationOf(exif.toString('latin1', 0, 6) === 'Exif\0\0' ? exif.subarray(6) : exif));
    }
    yield { skip: length + (length % 2) };
  }
  return size;
}
