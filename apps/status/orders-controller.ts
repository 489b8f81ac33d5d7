import { Access, orderLinks } from '#libs/access';
import { idFrom, problem, Settings } from '#libs/host';
import type { OrderView } from '#libs/order';
import { Database, type Recorded } from '#libs/store';
import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { matches } from './etag.js';
import { Follow } from './follow.js';
import { historyOf, viewsOf } from './order-status.js';

/** What anybody entitled may follow of an order. */
@Controller('orders/:id')
export class OrdersController {
  constructor(
    private readonly db: Database,
    private readonly access: Access,
    private readonly settings: Settings,
    private readonly follow: Follow,
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

  @Get('stream')
  async stream(@Param('id') id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const stream = this.entitled(id, request, reply);
    await this.follow.answer(request, reply, stream, async (after) =>
      (await historyOf(this.db, stream, after)).map(({ event, view: { status, progress } }) => ({
        version: event.version,
        last: progress === 100,
        data: { ...shownEvent(event), status, progress },
      })),
    );
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
