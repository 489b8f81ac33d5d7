/** Makes of a fact's data, as one shape has it, what the next shape has. Pure. */
// The shapes of before have no type any more: their golden files tell of them.
// oxlint-disable-next-line typescript/no-explicit-any
export type Upcast = (data: any) => object;

/**
 * By type: the first upcast makes shape 2 of shape 1, the next 3 of 2. A type that is not named here has still the shape it was published with.
 * Steps are added at the end, never changed and never removed: what stands in a stream must be read for ever.
 */
export type Upcasts<Type extends string = string> = { readonly [T in Type]?: readonly Upcast[] };

/** A fact as it lies in the store, whichever build wrote it. `shape`: of its data; 1 where nothing is said. */
export interface Stored {
  readonly type: string;
  readonly data: unknown;
  readonly meta: { readonly shape?: number | null };
}

/** The shape in which a fact is written today: `undefined` stands for 1, so that nothing is said where nothing has changed. */
export const shapeToday = (upcasts: Upcasts, type: string): number | undefined => {
  const steps = upcasts[type]?.length ?? 0;
  return steps > 0 ? steps + 1 : undefined;
};

/**
 * Reads facts, each in the shape of today. The shape is not checked again: what is in the store was typed when it was decided.
 * @returns `undefined` for a type, or a shape, that only a later build knows: tomorrow's event, which is no failure
 */
export const reader =
  <E>(schemas: Readonly<Record<string, unknown>>, upcasts: Upcasts) =>
  ({ type, data, meta: { shape } }: Stored): E | undefined => {
    if (!Object.hasOwn(schemas, type)) return undefined;
    const steps = upcasts[type] ?? [];
    const written = shape ?? 1;
    if (written > steps.length + 1) return undefined;
    return { type, data: steps.slice(written - 1).reduce((was, step) => step(was), data) } as E;
  };
