/** Answers that the same record will get however often it is sent. */
const forGood = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE', 'INVALID_RECORD', 'INVALID_TIMESTAMP']);

/** @returns the broker's own name for why it will never take this, or undefined if it might. */
export const refusal = (error: unknown): string | undefined => {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const type = (cause as { type?: unknown }).type;
    if (typeof type === 'string' && forGood.has(type)) return type;
  }
  return undefined;
};
