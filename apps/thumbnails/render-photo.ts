import type { Photo, PhotoCommand, PhotoEvent } from '#libs/photo';
import { effectKey, photos, type Consumer } from '#libs/work';

/** The key that a photo is rendered under, whoever asks for it: once. */
export const renderOf = (photoStream: string) => ({
  effect: 'render',
  key: effectKey(photoStream, 'render'),
  input: { stream: photoStream },
  stream: photoStream,
});

/** Has each photo rendered that comes in. */
export const renderPhoto: Consumer<PhotoCommand, PhotoEvent, Photo> = {
  name: 'thumbnails',
  about: photos,
  on: ['PhotoUploaded'],
  react: ({ status }, { stream }) =>
    status === 'uploaded' ? [{ command: { do: 'start-rendering' } }, renderOf(stream)] : status === 'rendering' ? [renderOf(stream)] : [],
};
