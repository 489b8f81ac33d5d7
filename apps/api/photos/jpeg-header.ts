import { cutOff, mostSegments, upright, type HeaderReader } from './header.js';
import { orientationOf } from './orientation.js';

const APP1 = 0xe1;
const EXIF = Buffer.from('Exif\0\0', 'latin1');

/** SOF0–SOF15 carry the size; of the same row, DHT, JPG and DAC do not. */
const carriesSize = (marker: number) => marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
/** TEM and RST0–RST7 have neither length nor content. */
const standsAlone = (marker: number) => marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7);
/** SOI, EOI and SOS do not come before the size. */
const comesTooEarly = (marker: number) => marker >= 0xd8 && marker <= 0xda;

/** Walks the segments (ITU-T T.81, B.1) to the size, after `FF D8 FF`. */
export function* jpegHeader(): HeaderReader {
  let orientation: number | undefined;
  for (let segments = 0; segments < mostSegments; segments += 1) {
    const [marker] = yield { take: 1 };
    if (marker === undefined) return cutOff;
    // Any number of fill bytes may stand before a marker.
    if (marker === 0xff) continue;
    if (marker === 0 || comesTooEarly(marker)) return { unreadable: 'The JPEG image has no frame header before its data.' };
    if (!standsAlone(marker)) {
      const head = yield { take: 2 };
      if (head.length < 2) return cutOff;
      let rest = head.readUInt16BE() - 2;
      if (rest < 0) return { unreadable: 'The JPEG image has a segment of an impossible length.' };
      if (carriesSize(marker)) {
        const frame = yield { take: 6 };
        if (frame.length < 6) return cutOff;
        if (rest < 6 || rest !== 6 + 3 * frame[5]!) return { unreadable: 'The JPEG image has a broken frame header.' };
        return upright({ width: frame.readUInt16BE(3), height: frame.readUInt16BE(1) }, orientation ?? 1);
      }
      if (marker === APP1 && orientation === undefined && rest > EXIF.length) {
        const name = yield { take: EXIF.length };
        rest -= EXIF.length;
        if (name.equals(EXIF)) {
          orientation = orientationOf(yield { take: rest });
          rest = 0;
        }
      }
      if (rest > 0) yield { skip: rest };
    }
    const [next] = yield { take: 1 };
    if (next === undefined) return cutOff;
    if (next !== 0xff) return { unreadable: 'The JPEG image has something else where a segment should begin.' };
  }
  return { unreadable: `The JPEG image has ${mostSegments} segments before its size.` };
}
