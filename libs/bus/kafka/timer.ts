import { createRequire } from 'node:module';

interface RequestQueue {
  pending: unknown[];
}
interface RequestQueueClass {
  prototype: { scheduleCheckPendingRequests(this: RequestQueue): void };
}

/**
 * kafkajs 2.2.4 sets a timer of a negative time, that is 1 ms, over and over on each connection, also when nothing waits to be sent:
 * 4–5 % of a core for an idle one, and a TimeoutNegativeWarning (tulios/kafkajs#1556, #1751). Only a queue that holds something needs the timer.
 * This is the remedy of #1667 until a release has it.
 */
export const stopIdleTimer = (): void => {
  const { prototype } = createRequire(import.meta.url)('kafkajs/src/network/requestQueue/index.js') as RequestQueueClass;
  const schedule = prototype.scheduleCheckPendingRequests;
  if (schedule.name === 'whenPending') return;
  prototype.scheduleCheckPendingRequests = function whenPending() {
    if (this.pending.length > 0) schedule.call(this);
  };
};
