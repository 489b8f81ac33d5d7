const mark = Buffer.from('\ufeff');

/** Bytes without the byte order mark that they may begin with. */
export async function* withoutMark(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let first: Buffer | undefined = Buffer.alloc(0);
  for await (const chunk of bytes) {
    if (!first) {
      yield chunk;
      continue;
    }
    first = Buffer.concat([first, chunk]);
    if (first.length < mark.length) continue;
    yield begun(first);
    first = undefined;
  }
  if (first) yield begun(first);
}

const begun = (first: Buffer): Buffer => (first.subarray(0, mark.length).equals(mark) ? first.subarray(mark.length) : first);
