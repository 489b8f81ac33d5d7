import { Access } from '#libs/access';
import { idFrom, matches, problem, Settings } from '#libs/host';
import { historyOf, showOrders, viewsOf } from '#libs/order-status';
import { Database, type Recorded } from '#libs/store';
import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Follow } from './follow.js';
import { timelineOf } from './timeline.js';

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
    const [shown] = await showOrders(this.db, this.access, this.settings, new Map([[stream, view]]));
    return shown;
  }

  @Get('events')
  async events(@Param('id') id: string, @Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply) {
    const history = await historyOf(this.db, this.entitled(id, request, reply), 0);
    if (history.length === 0) throw problem('not-found');
    reply.header('cache-control', 'private, no-cache');
    return { items: history.map(({ event }) => shownEvent(event)) };
  }

  @Get('timeline')
  async timeline(@Param('id') id: string, @Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply) {
    const items = await timelineOf(this.db, this.entitled(id, request, reply));
    if (items.length === 0) throw problem('not-found');
    reply.header('cache-control', 'private, no-cache');
    return { items };
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
    reply.header('referrer-policy', 'no-referrer');
    this.access.check(request, 'order', order);
    return `order:${order}`;
  }
}

/** The public shape: what stands in the stream, which holds nothing personal. */
const shownEvent = ({ version, type, at, data }: Recorded) => ({ version, type, at, data });
