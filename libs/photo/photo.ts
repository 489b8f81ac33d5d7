import type { Decider, Refusal } from '#libs/decider';
import type { PhotoEvent, Rendition } from './events.js';

export interface Photo {
  readonly status: 'none' | 'uploaded' | 'rendering' | 'ready' | 'rejected' | 'erased';
  readonly version: number;
  readonly object: string;
  readonly width: number;
  readonly height: number;
  readonly renditions: readonly Rendition[];
  readonly reason?: string;
}

export type PhotoCommand =
  | { readonly do: 'start-rendering' }
  | { readonly do: 'rendered'; readonly width: number; readonly height: number; readonly renditions: readonly Rendition[] }
  | { readonly do: 'rendering-failed'; readonly attempt: number; readonly detail: string }
  | { readonly do: 'reject'; readonly detail: string }
  | { readonly do: 'erase' };

/** A photo from upload to renditions. What people see of it and what it decides on are the same, so there is one fold. */
export const photo: Decider<PhotoCommand, PhotoEvent, Photo> = {
  initial: { status: 'none', version: 0, object: '', width: 0, height: 0, renditions: [] },
  decide,
  evolve: (was, event) => ({ ...evolve(was, event), version: was.version + 1 }),
};

function decide(command: PhotoCommand, now: Photo): readonly PhotoEvent[] | Refusal {
  if (now.status === 'none') return { refused: 'There is no such photo.' };
  if (now.status === 'erased') return [];
  if (command.do === 'erase') return [{ type: 'PhotoErased', data: {} }];
  if (now.status === 'ready' || now.status === 'rejected') return [];
  switch (command.do) {
    case 'start-rendering':
      return now.status === 'uploaded' ? [{ type: 'RenderingStarted', data: {} }] : [];
    case 'rendered':
      return [{ type: 'PhotoReady', data: { width: command.width, height: command.height, renditions: [...command.renditions] } }];
    case 'rendering-failed':
      return [{ type: 'RenderingFailed', data: { attempt: command.attempt, detail: command.detail } }];
    case 'reject':
      return [{ type: 'PhotoRejected', data: { detail: command.detail } }];
    default:
      return command satisfies never;
  }
}

/** Why no order can have it, in a sentence; `undefined` where one can. One that is still rendering is fine: the order will wait for it. */
export function whyNoPrint({ status, reason }: Photo): string | undefined {
  if (status === 'none') return 'There is no such photo.';
  if (status === 'rejected') return reason ?? 'This photo was rejected.';
  return status === 'erased' ? 'This photo has been deleted.' : undefined;
}

function evolve(was: Photo, event: PhotoEvent): Photo {
  switch (event.type) {
    case 'PhotoUploaded':
      return { ...was, status: 'uploaded', object: event.data.object, width: event.data.width, height: event.data.height };
    case 'RenderingStarted':
      return { ...was, status: 'rendering' };
    case 'RenderingFailed':
      return was;
    case 'PhotoReady':
      return { ...was, status: 'ready', width: event.data.width, height: event.data.height, renditions: event.data.renditions };
    case 'PhotoRejected':
      return { ...was, status: 'rejected', reason: event.data.detail };
    case 'PhotoErased':
      return { ...was, status: 'erased', renditions: [] };
    default:
      return event satisfies never;
  }
}
