export {
  imageTypes,
  mostPixels,
  photoEventSchemas,
  type ImageType,
  type PhotoEvent,
  type PhotoEventType,
  type Rendition,
} from './events.js';
export { photo, whyNoPrint, type Photo, type PhotoCommand } from './photo.js';
export { photoSamples } from './samples.js';
export { photoUpcasts, readPhotoEvent } from './upcasts.js';
