import { Access, orderLinks } from '#libs/access';
import { idFrom, Lifecycle, problem, Settings } from '#libs/host';
import type { OrderView } from '#libs/order';
import { Database, type Recorded } from '#libs/store';
import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { historyOf, viewsOf } from './order-status.js';
import { StreamEars } from './stream-ears.js';

/** What anybody entitled may follow of an order. */
@Controller('orders/:id')
export class OrdersController {
  constructor(
    private readonly db: Database,
    private readonly access: Access,
    private readonly settings: Settings,
    private readonly ears: StreamEars,
    private readonly lifecycle: Lifecycle,
  ) {}

  @Get()
  async order(@Param('id') id: string, @Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply) {
    const stream = this.entitled(id, request, reply);
    const view = (await viewsOf(this.db, [stream])).get(stream);
    if (!view) throw problem('not-found');
    const etag = `"${view.version}"`;
    reply.header('etag', etag).header('cache-control', 'private, no-cache');
    if (matches(request.headers['if-none-match'], etag)) return void reply.code(304);
    return this.shown(idFrom(id), view);
  }

  @Get('events')
  async events(@Param('id') id: string, @Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply) {
    const history = await historyOf(this.db, this.entitled(id, request, reply), 0);
    if (history.length === 0) throw problem('not-found');
    reply.header('cache-control', 'private, no-cache');
    return { items: history.map(({ event }) => shownEvent(event)) };
  }

  /** Every version once, in order; closed after the one that ended the order. */
  @Get('stream')
  async stream(@Param('id') id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const stream = this.entitled(id, request, reply);
    const given = request.headers['last-event-id'];
    const after = typeof given === 'string' && /^\d{1,9}$/.test(given) ? Number(given) : 0;
    const history = await historyOf(this.db, stream, 0);
    if (history.length === 0) throw problem('not-found');
    const end = history.find(({ view }) => hasEnded(view))?.event.version;
    if (end !== undefined && after >= end) return void reply.code(204).send();
    reply.raw.writeHead(200, { ...headersOf(reply), 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    reply.hijack();
    if (request.method === 'HEAD') return void reply.raw.end();
    await this.follow(stream, after, reply);
  }

  private async follow(stream: string, from: number, { raw }: FastifyReply): Promise<void> {
    let after = from;
    let turn = Promise.resolve();
    const send = async (): Promise<void> => {
      for (const { event, view } of await historyOf(this.db, stream, after)) {
        if (raw.writableEnded) return;
        after = event.version;
        raw.write(
          `id: ${event.version}\ndata: ${JSON.stringify({ ...shownEvent(event), status: view.status, progress: view.progress })}\n\n`,
        );
        if (hasEnded(view)) raw.end();
      }
    };
    const more = (): void => {
      turn = turn.then(send).catch(() => void raw.destroy());
    };
    const deaf = this.ears.hear(stream, more);
    const alive = setInterval(() => raw.write(': still here\n\n'), 10_000);
    // The news may be lost: a look each two seconds makes good for it.
    const look = setInterval(more, 2_000);
    const release = this.lifecycle.onStop(() => void raw.end());
    raw.once('close', () => {
      deaf();
      release();
      clearInterval(alive);
      clearInterval(look);
    });
    raw.write(': hello\n\n');
    more();
  }

  private entitled(id: string, request: FastifyRequest, reply: FastifyReply): string {
    const order = idFrom(id);
    this.access.check(request, 'order', order);
    reply.header('referrer-policy', 'no-referrer');
    return `order:${order}`;
  }

  private async shown(id: string, view: OrderView) {
    const [person] = view.erased
      ? []
      : await this.db.run<{ data: { customer: object } }>(
          'status-person',
          `SELECT data FROM personal WHERE stream = $1 AND kind = 'customer'`,
          [`order:${id}`],
        );
    const { version, status, ...rest } = view;
    return {
      id,
      status,
      version,
      ...rest,
      customer: person?.data.customer ?? null,
      links: orderLinks(this.settings, this.access, id),
    };
  }
}

/** The public shape: what stands in the stream, which holds nothing personal. */
const shownEvent = ({ version, type, at, data }: Recorded) => ({ version, type, at, data });

const hasEnded = ({ progress }: OrderView): boolean => progress === 100;

/** RFC 9110, 13.1.2: a list, compared weakly, or `*`. */
function matches(header: string | undefined, etag: string): boolean {
  return header !== undefined && (header.trim() === '*' || header.split(',').some((one) => one.trim().replace(/^W\//, '') === etag));
}

const headersOf = (reply: FastifyReply): Record<string, string> =>
  Object.fromEntries(Object.entries(reply.getHeaders()).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])));
