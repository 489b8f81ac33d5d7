import { Access, orderLinks } from '#libs/access';
import { idFrom, lines, parseBody, Settings } from '#libs/host';
import { Body, Controller, Get, Header, HttpCode, Inject, Param, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { cancelOrder } from './orders/cancel-order.js';
import { onceOf } from '#libs/idempotency';
import { Callbacks } from '#libs/role';
import { OrderEnds } from './orders/order-ends.js';
import type { makePlaceOrder } from './orders/place-order.js';
import { preferredWait } from './orders/prefer-wait.js';
import { showOrders } from '#libs/order-status';
import { Database } from '#libs/store';
import { Catalogue, PaymentKeys } from '#libs/placing';
import { Wake } from '#libs/platform';

export const PLACE_ORDER = Symbol('place order');

export const cancellation = z.strictObject({ reason: lines(500).optional() });

/** The front door. */
@Controller()
export class ApiController {
  constructor(
    @Inject(PLACE_ORDER) private readonly placeOrder: ReturnType<typeof makePlaceOrder>,
    private readonly access: Access,
    private readonly settings: Settings,
    private readonly catalogue: Catalogue,
    private readonly keys: PaymentKeys,
    private readonly db: Database,
    private readonly wake: Wake,
    private readonly ends: OrderEnds,
    private readonly callbacks: Callbacks,
  ) {}

  @Get('products')
  @Header('cache-control', 'no-store')
  async products() {
    return { items: await this.catalogue.list() };
  }

  @Get('payment-key')
  @Header('content-type', 'application/jwk+json')
  async paymentKey() {
    // As bytes: behind a text, Fastify would put a charset to the type, which has none.
    return Buffer.from(JSON.stringify(await this.keys.newest()));
  }

  @Post('orders')
  @HttpCode(202)
  async place(@Body() body: unknown, @Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply) {
    const wait = preferredWait(request.headers.prefer);
    const placed = await this.placeOrder(body, {
      awaited: wait !== undefined,
      once: onceOf(request, 'POST /orders', this.access),
      traceparent: request.span?.traceparent,
      // Whose key it has: accounts/callers.ts.
      account: request.caller?.id,
    });
    const token = this.access.tokenOf('order', placed.id);
    const links = orderLinks(this.settings, placed.id, token);
    if (placed.replayed) reply.header('idempotency-replayed', 'true');
    reply.header('location', links.status).header('cache-control', 'private, no-cache').header('referrer-policy', 'no-referrer');
    const order = wait && (await this.ended(placed.id, wait, reply));
    if (order) {
      reply.code(200).header('etag', `"${order.version}"`).header('preference-applied', `wait=${wait}`);
      return order;
    }
    reply.header('retry-after', '1');
    return {
      id: placed.id,
      status: 'placed',
      total: placed.total,
      token,
      links,
      // Whose account it is has the account's own already.
      ...(placed.webhook && !request.caller && { webhookSecret: this.callbacks.secretOf(`order:${placed.id}`) }),
    };
  }

  @Post('orders/:id/cancellation')
  @HttpCode(202)
  async cancel(
    @Param('id') id: string,
    @Body() body: unknown,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const order = idFrom(id);
    reply.header('referrer-policy', 'no-referrer');
    this.access.check(request, 'order', order);
    const { reason } = parseBody(cancellation, body === undefined ? {} : body);
    const once = onceOf(request, `POST /orders/${order}/cancellation`, this.access);
    const cancelled = await cancelOrder(this.db, `order:${order}`, reason, once);
    if (cancelled.replayed) reply.header('idempotency-replayed', 'true');
    else this.wake.relay(new Set([cancelled.lane]));
    const { status } = orderLinks(this.settings, order, this.access.tokenOf('order', order));
    reply.header('location', status).header('cache-control', 'private, no-cache');
    return { id: order, status: 'cancelling', links: { status } };
  }

  /** The order as the status service shows it, if it ends in time. */
  private async ended(id: string, seconds: number, { raw }: FastifyReply) {
    const gone = new AbortController();
    // Of this answer, not of its connection: that may be kept for many more.
    raw.once('close', () => gone.abort());
    const stream = `order:${id}`;
    const view = await this.ends.within(seconds, stream, gone.signal);
    const [order] = view ? await showOrders(this.db, this.access, this.settings, new Map([[stream, view]])) : [];
    return order;
  }
}
