import { z } from 'zod';

export type JsonSchema = Record<string, unknown>;

/**
 * JSON Schema (draft 2020-12) from the schemas that validate. Those with an id (`.meta({ id: 'Order' })`) are put into `shared` and referred to.
 * What a refinement forbids beyond it is told by the sentence of its refusal.
 */
export function toJsonSchema(
  schema: z.ZodType,
  io: 'input' | 'output',
  shared: Map<string, JsonSchema>,
  at = '#/components/schemas/',
): JsonSchema {
  const {
    $schema: _,
    $defs,
    ...own
  } = z.toJSONSchema(schema, {
    io,
    unrepresentable: 'any',
    override({ jsonSchema }) {
      // Additions to an answer are no break: whoever reads it passes over what it does not know.
      if (io === 'output') delete jsonSchema.additionalProperties;
      delete jsonSchema.id;
    },
  }) as JsonSchema & { $defs?: Record<string, JsonSchema> };
  for (const [id, one] of Object.entries($defs ?? {})) shared.set(id, refer(one, at));
  return refer(own, at);
}

function refer<T>(value: T, at: string): T {
  if (Array.isArray(value)) return value.map((item) => refer(item, at)) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) =>
      key === '$ref' && typeof inner === 'string' ? [key, inner.replace('#/$defs/', at)] : [key, refer(inner, at)],
    ),
  ) as T;
}
