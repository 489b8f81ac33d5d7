import type { Line, OrderCommand } from '#libs/order';
import { idOf } from '#libs/store';
import { effectKey, findLast, notYetAbsent, why, type Ask, type Effect } from '#libs/work';

/** Has the printer make the order's prints. */
export const print = (printer: Ask): Effect<{ stream: string; lines: readonly Line[] }, { id: string }, OrderCommand> => ({
  name: 'print',
  timeoutMs: 15_000,
  concurrency: 64,
  attempts: 20,
  perform: ({ stream, lines }, key, signal) =>
    printer.call(
      '/printer/jobs',
      { orderId: idOf(stream), lines: lines.map(({ sku, quantity, photoId }) => ({ sku, quantity, photoId })) },
      key,
      signal,
    ),
  lookup: (_, key, signal) => printer.lookup('/printer/operations', key, signal),
  settle(_, outcome) {
    if ('done' in outcome) return { command: { do: 'printed', job: outcome.done.id } };
    if (outcome.givenUp || 'refused' in outcome) return { command: { do: 'time-out', step: 'print', detail: why(outcome) } };
    return { command: { do: 'step-failed', step: 'print', attempt: outcome.attempt, detail: why(outcome) } };
  },
});

/** Has the printer throw the prints away. Where nobody knows whether there are any, it is asked first. */
export const discard = (printer: Ask): Effect<{ stream: string; job?: string }, { id: string }, OrderCommand> => ({
  name: 'discard',
  timeoutMs: 15_000,
  concurrency: 64,
  attempts: 50,
  async perform({ stream, job }, key, signal, attempt) {
    const made = job
      ? { done: { id: job } }
      : await findLast<{ id: string }>(printer, '/printer/operations', effectKey(stream, 'print'), signal);
    if (made === 'absent') return notYetAbsent(attempt) ?? { done: { id: '' } };
    if (!('done' in made)) return made;
    return printer.call('/printer/discards', { orderId: idOf(stream), job: made.done.id }, key, signal);
  },
  lookup: (_, key, signal) => printer.lookup('/printer/operations', key, signal),
  settle(_, outcome) {
    if ('done' in outcome) return { command: { do: 'undone', step: 'discard' } };
    if (outcome.givenUp || 'refused' in outcome) return { dead: true };
    return { command: { do: 'step-failed', step: 'discard', attempt: outcome.attempt, detail: why(outcome) } };
  },
});
