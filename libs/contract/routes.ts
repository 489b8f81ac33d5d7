import { RequestMethod, type Type } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';

/** The routes of a controller, as `GET /orders/{id}`. */
export function routesOf(controller: Type): string[] {
  const paths = (of: object): string[] =>
    [Reflect.getMetadata(PATH_METADATA, of) as string | string[] | undefined].flat().map((path) => path ?? '');
  const { prototype } = controller as unknown as { prototype: Record<string, unknown> };
  return Object.getOwnPropertyNames(prototype).flatMap((name) => {
    const handler = name === 'constructor' ? undefined : prototype[name];
    if (typeof handler !== 'function') return [];
    const method = Reflect.getMetadata(METHOD_METADATA, handler) as RequestMethod | undefined;
    if (method === undefined) return [];
    return paths(controller).flatMap((above) => paths(handler).map((path) => `${RequestMethod[method]} ${joined(above, path)}`));
  });
}

const joined = (...parts: string[]): string =>
  `/${parts.flatMap((part) => part.split('/').filter(Boolean)).join('/')}`.replaceAll(/:([A-Za-z]+)/g, '{$1}');
