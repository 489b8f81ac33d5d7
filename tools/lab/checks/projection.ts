import { pictureOf } from '#libs/order-status';
import { isDeepStrictEqual } from 'node:util';
import type { Check } from '../evidence.js';

export const projection: Check = {
  name: 'projection',
  says: 'the picture of each order is the fold of its stream',
  look({ streams, pictures }) {
    const wrong = [...pictures.keys()].filter((stream) => !streams.has(stream)).map((stream) => `${stream} has a picture and no stream`);
    for (const [stream, facts] of streams) {
      if (!stream.startsWith('order:')) continue;
      const picture = pictures.get(stream);
      const version = facts.at(-1)!.version;
      if (!picture) wrong.push(`${stream} has no picture`);
      else if (picture.version !== version) wrong.push(`${stream}: the picture is of version ${picture.version}, the stream at ${version}`);
      else if (!isDeepStrictEqual(picture.view, pictureOf(facts))) wrong.push(`${stream}: its picture is not what its events fold to`);
    }
    return wrong;
  },
};
