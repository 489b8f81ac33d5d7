export { imageTypes, photoEventSchemas, readPhotoEvent, type PhotoEvent, type PhotoEventType, type Rendition } from './events.js';
export { photo, type Photo, type PhotoCommand } from './photo.js';
