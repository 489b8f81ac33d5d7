import { context, diag, DiagLogLevel, propagation, trace } from '@opentelemetry/api';

export interface ExportOptions {
  /** Base of an OTLP receiver that takes JSON by HTTP: `http://localhost:4318`. */
  readonly endpoint: string;
  readonly service: string;
  readonly instance: string;
  /** What the exporter complains of; it loses spans and nothing else. */
  log(message: string): void;
}

let running: { users: number; shutdown(): Promise<void> } | undefined;

/**
 * Sends the spans of this process to a receiver, in batches, behind its work. One exporter for a process: further hosts in it share the first's.
 * Loaded only here, as it takes its time to load. Sampling, headers and the like are set by OpenTelemetry's own variables.
 * @returns a function that sends what is left, and ends it with its last user
 */
export async function exportSpans({ endpoint, service, instance, log }: ExportOptions): Promise<() => Promise<void>> {
  if (!running) {
    const [{ BatchSpanProcessor, NodeTracerProvider }, { OTLPTraceExporter }, { resourceFromAttributes }] = await Promise.all([
      import('@opentelemetry/sdk-trace-node'),
      import('@opentelemetry/exporter-trace-otlp-http'),
      import('@opentelemetry/resources'),
    ]);
    const said = (message: string): void => log(message);
    diag.setLogger(
      { error: said, warn: said, info() {}, debug() {}, verbose() {} },
      { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
    );
    // Tried again within that time, also while the process waits for it to end.
    const exporter = new OTLPTraceExporter({ url: `${endpoint.replace(/\/+$/, '')}/v1/traces`, timeoutMillis: 2_000 });
    const provider = new NodeTracerProvider({
      resource: resourceFromAttributes({ 'service.name': service, 'service.instance.id': instance }),
      spanProcessors: [new BatchSpanProcessor(exporter, { scheduledDelayMillis: 1_000 })],
    });
    provider.register();
    running = { users: 0, shutdown: () => provider.shutdown() };
  }
  const mine = running;
  mine.users += 1;
  return async () => {
    mine.users -= 1;
    if (mine.users > 0) return;
    running = undefined;
    await mine.shutdown().catch((error: unknown) => log(String(error)));
    for (const part of [trace, propagation, context]) part.disable();
  };
}
