import { h, said } from './dom.js';

/** What a `$ref` leads to. */
export const at = (document, one) => {
  if (!one?.$ref) return one;
  return one.$ref
    .slice(2)
    .split('/')
    .reduce((inner, key) => inner[key], document);
};

const limits = {
  minLength: 'at least %s characters',
  maxLength: 'at most %s characters',
  minimum: 'at least %s',
  maximum: 'at most %s',
  minItems: 'at least %s items',
  maxItems: 'at most %s items',
  pattern: 'matches %s',
  default: 'default %s',
};

const typeOf = (schema) => {
  if ('const' in schema) return JSON.stringify(schema.const);
  // The countries would fill a page.
  if (schema.enum)
    return (
      schema.enum
        .slice(0, 12)
        .map((one) => JSON.stringify(one))
        .join(' | ') + (schema.enum.length > 12 ? ' | …' : '')
    );
  if (schema.type === 'array') return 'array';
  return [schema.type ?? (schema.anyOf || schema.allOf ? '' : 'anything'), schema.format && `(${schema.format})`]
    .flat()
    .filter(Boolean)
    .join(' ');
};

/** A schema, unfolded as deep as it goes; one within itself is only named. */
export function schemaOf(document, given, above = []) {
  const name = given?.$ref?.split('/').at(-1);
  if (name && above.includes(name)) return h('code', null, name);
  const schema = at(document, given) ?? {};
  const names = name ? [...above, name] : above;
  const says = Object.entries(limits).flatMap(([key, text]) => (key in schema ? text.replace('%s', JSON.stringify(schema[key])) : []));
  const inner = (one) => schemaOf(document, one, names);
  return h(
    'span',
    null,
    name && h('strong', null, `${name} `),
    h('code', null, typeOf(schema)),
    says.length > 0 && h('span', { class: 'soft' }, ` ${says.join(', ')}`),
    schema.description && [' ', said(schema.description)],
    schema.properties &&
      h(
        'ul',
        { class: 'schema' },
        Object.entries(schema.properties).map(([key, one]) =>
          h('li', null, h('code', null, key), !schema.required?.includes(key) && h('span', { class: 'soft' }, '?'), ' ', inner(one)),
        ),
      ),
    schema.items && h('ul', { class: 'schema' }, h('li', null, 'each ', inner(schema.items))),
    ['anyOf', 'oneOf', 'allOf'].map(
      (key) =>
        schema[key] &&
        h(
          'ul',
          { class: 'schema' },
          schema[key].map((one, n) => h('li', null, n > 0 && (key === 'allOf' ? 'and ' : 'or '), inner(one))),
        ),
    ),
  );
}
