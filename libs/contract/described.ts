import type { Slug } from '#libs/host';
import type { Provider } from '@nestjs/common';
import type { z } from 'zod';
import type { AnswerHeader, AskedHeader } from './headers.js';

/** An answer of a route that is no problem. */
export interface Answer {
  readonly text: string;
  /** Left out: no body. */
  readonly schema?: z.ZodType;
  /** Its content type, `application/json` where left out. */
  readonly type?: string;
  readonly headers?: readonly AnswerHeader[];
  readonly example?: unknown;
}

/** What a request's body may be, of one content type. */
export interface Body {
  /** Left out: bytes. */
  readonly schema?: z.ZodType;
  /** Of a multipart form: the name of the field that has the bytes. */
  readonly field?: string;
  readonly example?: unknown;
}

/** What is to be known of a route before it is asked. Whatever follows from it (401 of a route that needs a token, say) is said once, in `openapi.ts`. */
export interface Described {
  readonly summary: string;
  readonly text?: string;
  /** Whose token it takes; an account's key is taken where one is sent, and not demanded. Left out: it takes none. */
  readonly access?: 'operator' | 'order' | 'photo' | 'account';
  /** Parameters of the path that are no id of an order, a photo, a run, …: each with an example. */
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: z.ZodObject;
  readonly headers?: readonly AskedHeader[];
  readonly body?: Readonly<Record<string, Body>>;
  /** Asked without a body it does the same as with an empty one. */
  readonly bodyOptional?: true;
  readonly answers: Readonly<Record<number, Answer>>;
  readonly problems?: readonly Slug[];
}

/** Routes as `GET /orders/{id}`. */
export type Descriptions = Readonly<Record<string, Described>>;

/** The descriptions of a role's routes. */
export interface RoleDescription {
  /** Which of the two services answers them; of what every process has, neither. */
  readonly service?: 'front door' | 'status service';
  readonly routes: Descriptions;
}

export const DESCRIBED = Symbol('described routes');

/** A provider of the module whose controllers it describes. */
export const described = (role: RoleDescription): Provider => ({ provide: DESCRIBED, useValue: role });
