import type { News } from '#libs/bus';
import { startSpan, type Span } from '#libs/trace';

/** Publishes news. What belongs to a trace goes out as a span of it, which whoever handles it follows. */
export async function tracedSending(
  topic: string,
  news: readonly News[],
  publish: (news: readonly News[]) => Promise<void>,
): Promise<void> {
  const spans: Span[] = [];
  const sent = news.map((one) => {
    if (one.traceparent === undefined) return one;
    const span = startSpan(`send ${topic}`, 'producer', one.traceparent, {
      'messaging.operation.type': 'send',
      'messaging.destination.name': topic,
      'messaging.message.id': one.id,
    });
    spans.push(span);
    return { ...one, traceparent: span.traceparent ?? one.traceparent };
  });
  try {
    await publish(sent);
    for (const span of spans) span.end();
  } catch (error) {
    for (const span of spans) span.end({}, 'not taken');
    throw error;
  }
}
