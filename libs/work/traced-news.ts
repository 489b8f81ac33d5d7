import type { News } from '#libs/bus';
import { startSpan } from '#libs/trace';

/** Handles a batch of news. Each that belongs to a trace has a span of its own, as long as the batch is in hand. */
export async function tracedNews(consumer: string, news: readonly News[], work: () => Promise<void>): Promise<void> {
  const spans = news
    .filter(({ traceparent }) => traceparent !== undefined)
    .map(({ type, id, traceparent }) =>
      startSpan(`process ${type}`, 'consumer', traceparent, {
        'messaging.operation.type': 'process',
        'messaging.consumer.group.name': consumer,
        'messaging.message.id': id,
      }),
    );
  try {
    await work();
    for (const span of spans) span.end();
  } catch (error) {
    for (const span of spans) span.end({}, 'the batch comes again');
    throw error;
  }
}
