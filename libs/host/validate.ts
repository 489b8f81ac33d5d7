import { z } from 'zod';
import { problem, type Fault } from './problem.js';

/** More tell nobody more, and a body of a megabyte can have a hundred thousand. */
const maxFaults = 100;

/**
 * A body that has the schema's shape.
 * @throws {Problem} `invalid`, with a pointer at each place that is wrong.
 */
export function parseBody<T extends z.ZodType>(schema: T, body: unknown): z.output<T> {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw problem('invalid', { errors: faultsOf(parsed.error).map(({ path, detail }) => ({ pointer: pointerTo(path), detail })) });
}

/**
 * Query parameters, each under its name.
 * @throws {Problem} `invalid`, with the name of each parameter that is wrong.
 */
export function parseQuery<T extends z.ZodType>(schema: T, query: unknown): z.output<T> {
  const parsed = schema.safeParse(query);
  if (parsed.success) return parsed.data;
  throw problem('invalid', { errors: faultsOf(parsed.error).map(({ path, detail }) => ({ parameter: String(path[0] ?? ''), detail })) });
}

/** `problem('invalid')` for what no schema sees: a photo that is unknown, say. */
export const invalidAt = (path: readonly PropertyKey[], detail: string) =>
  problem('invalid', { errors: [{ pointer: pointerTo(path), detail }] satisfies Fault[] });

/** RFC 6901. */
export const pointerTo = (path: readonly PropertyKey[]): string =>
  path.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

/** A name that may be a card's number, or that is no name any more. */
const untold = /\d{12}|^.{200}/s;

interface Found {
  readonly path: readonly PropertyKey[];
  readonly detail: string;
}

/** zod points at the object an unknown field stands in; we point at the field. */
function faultsOf(error: z.core.$ZodError): Found[] {
  return error.issues.flatMap((issue) => found(issue, [])).slice(0, maxFaults);
}

function found(issue: z.core.$ZodIssue, above: readonly PropertyKey[]): Found[] {
  const path = [...above, ...issue.path];
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys
        .slice(0, maxFaults)
        .map((key) =>
          untold.test(key)
            ? { path, detail: 'A field of this is not known; its name is not repeated.' }
            : { path: [...path, key], detail: 'This field is not known.' },
        );
    case 'invalid_union': {
      // The branch that fits best says most. Where no branch was tried (an unknown discriminator), the union speaks for itself.
      const [best] = [...issue.errors].sort((a, b) => a.length - b.length);
      return best?.length ? best.flatMap((inner) => found(inner, path)) : [{ path, detail: issue.message }];
    }
    case 'invalid_type':
      return [{ path, detail: issue.message.endsWith('received undefined') ? 'This is missing.' : issue.message }];
    default:
      return [{ path, detail: issue.message }];
  }
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * An id out of a path, in lower case.
 * @throws {Problem} `not-found` where it is no UUID: nothing can have that id.
 */
export function idFrom(text: string): string {
  if (!uuid.test(text)) throw problem('not-found');
  return text.toLowerCase();
}
