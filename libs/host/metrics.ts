import { collectDefaultMetrics, Histogram, Registry } from 'prom-client';

const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
/** prom-client's gauges that are called as only a counter may be (`promtool check metrics`). */
const misnamed = ['nodejs_active_resources_total', 'nodejs_active_handles_total', 'nodejs_active_requests_total'];

/**
 * What this process counts of itself, in Prometheus' words; its own injection token. Rates, errors and durations of requests come of one histogram:
 * its count, its count by status, its buckets. Labels are few and never a person's: a route's pattern and no path.
 */
export class Metrics {
  readonly registry = new Registry();
  private readonly asked: (() => Promise<void>)[] = [];
  private readonly requests = new Histogram({
    name: 'backroom_http_request_duration_seconds',
    help: 'Time from a request to the end of its answer, by method, pattern of its route and status.',
    labelNames: ['method', 'route', 'status'] as const,
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers: [this.registry],
  });

  constructor() {
    collectDefaultMetrics({ register: this.registry });
    for (const name of misnamed) this.registry.removeSingleMetric(name);
  }

  /** @param route its pattern, `/orders/:id`; left out where there is none, as a path is anybody's invention */
  answered(method: string, route: string | undefined, status: number, seconds: number): void {
    this.requests.observe({ method: methods.has(method) ? method : 'other', route: route ?? 'none', status }, seconds);
  }

  /** Called at each scrape, before it is answered: for figures that have to be asked for. */
  onScrape(ask: () => Promise<void>): void {
    this.asked.push(ask);
  }

  async text(): Promise<string> {
    await Promise.all(this.asked.map((ask) => ask()));
    return this.registry.metrics();
  }
}
