import { reader, type Upcasts } from '#libs/decider';
import { photoEventSchemas, type PhotoEvent, type PhotoEventType } from './events.js';

/** What older shapes of a photo's facts are today: as an order's, in `libs/order/upcasts.ts`. */
export const photoUpcasts: Upcasts<PhotoEventType> = {};

export const readPhotoEvent = reader<PhotoEvent>(photoEventSchemas, photoUpcasts);
