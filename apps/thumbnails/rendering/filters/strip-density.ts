/**
 * A PNG without the chunk that says how many pixels an inch has. It is all that gets through of a photo's metadata: of EXIF, XMP, IPTC, profiles
 * and comments sharp writes none unless it is told to, but this one always (and `withDensity` would bring EXIF along).
 */
export function stripDensity(png: Buffer): Buffer {
  // Length, type, content, checksum, after a signature of eight bytes. It stands before the pixels.
  for (let at = 8; at + 8 <= png.length; at += png.readUInt32BE(at) + 12) {
    const type = png.toString('latin1', at + 4, at + 8);
    if (type === 'IDAT') break;
    if (type === 'pHYs') return Buffer.concat([png.subarray(0, at), png.subarray(at + png.readUInt32BE(at) + 12)]);
  }
  return png;
}
