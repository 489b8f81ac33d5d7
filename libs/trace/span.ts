import { isSpanContextValid, propagation, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, type Attributes } from '@opentelemetry/api';

/** A piece of work, as a trace shows it. */
export interface Span {
  /** W3C trace context, for what follows from it. Left out where nobody traces. */
  readonly traceparent?: string;
  /** @param error what went wrong; no personal data */
  end(attributes?: Attributes, error?: string): void;
}

const untraced: Span = { end() {} };
const kinds = { server: SpanKind.SERVER, producer: SpanKind.PRODUCER, consumer: SpanKind.CONSUMER, client: SpanKind.CLIENT };

/**
 * Begins a span. Where nobody traces, and that is the usual case, it is nothing at all.
 * @param parent a traceparent; without one a trace begins
 * @param attributes by OpenTelemetry's semantic conventions; no personal data
 */
export function startSpan(name: string, kind: keyof typeof kinds, parent: string | undefined, attributes: Attributes = {}): Span {
  const from = parent === undefined ? ROOT_CONTEXT : propagation.extract(ROOT_CONTEXT, { traceparent: parent });
  const span = trace.getTracer('backroom').startSpan(name, { kind: kinds[kind], attributes }, from);
  if (!isSpanContextValid(span.spanContext())) return untraced;
  const carrier: { traceparent?: string } = {};
  propagation.inject(trace.setSpan(from, span), carrier);
  return {
    traceparent: carrier.traceparent,
    end(more = {}, error) {
      span.setAttributes(more);
      if (error !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: error });
      span.end();
    },
  };
}
