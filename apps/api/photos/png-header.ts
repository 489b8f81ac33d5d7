import { crc32 } from 'node:zlib';
import { cutOff, mostSegments, upright, type HeaderReader } from './header.js';
import { orientationOf } from './orientation.js';

/** By colour type, the bit depths it may have (PNG, table 11.1). */
const depths: Readonly<Record<number, readonly number[]>> = { 0: [1, 2, 4, 8, 16], 2: [8, 16], 3: [1, 2, 4, 8], 4: [8, 16], 6: [8, 16] };
const mostExif = 65_536;

/** Reads IHDR, and looks for an `eXIf` before the pixels, after the eight bytes of the signature. */
export function* pngHeader(): HeaderReader {
  const header = yield { take: 25 };
  if (header.length < 25) return cutOff;
  if (header.readUInt32BE() !== 13 || header.toString('latin1', 4, 8) !== 'IHDR')
    return { unreadable: 'The PNG image does not begin with its header.' };
  if (crc32(header.subarray(4, 21)) !== header.readUInt32BE(21))
    return { unreadable: 'The header of the PNG image does not match its checksum.' };
  const [depth, colour, compression, filter, interlace] = header.subarray(16, 21);
  if (!depths[colour!]?.includes(depth!) || compression !== 0 || filter !== 0 || interlace! > 1) {
    return { unreadable: 'The header of the PNG image says what no PNG image can be.' };
  }
  const size = { width: header.readUInt32BE(8), height: header.readUInt32BE(12) };
  return upright(size, yield* exifOrientation());
}

/** What is broken here, the decoder will find. */
function* exifOrientation(): HeaderReader<number> {
  for (let chunks = 0; chunks < mostSegments; chunks += 1) {
    const head = yield { take: 8 };
    if (head.length < 8) return 1;
    const length = head.readUInt32BE();
    const type = head.toString('latin1', 4, 8);
    if (type === 'IDAT' || type === 'IEND') return 1;
    if (type === 'eXIf' && length <= mostExif) return orientationOf(yield { take: length });
    yield { skip: length + 4 };
  }
  return 1;
}
