import { Access } from '#libs/access';
import { parseQuery, Settings } from '#libs/host';
import { orderStatuses } from '#libs/order';
import { showOrders } from '#libs/order-status';
import { Database } from '#libs/store';
import { Controller, Get, Header, Query, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { listOrders } from './list-orders.js';
import { page } from './page.js';

export const wanted = z.object({
  status: z.enum(orderStatuses).optional(),
  email: z.string().min(1).max(254).optional(),
  number: z
    .string()
    .regex(/^[0-9a-f]{8}$/i, 'An order’s number has eight digits, each 0 to 9 or a to f.')
    .optional(),
  ...page(z.uuid()),
});

/** All orders, for the operator. */
@Controller('orders')
export class OrderListController {
  constructor(
    private readonly db: Database,
    private readonly access: Access,
    private readonly settings: Settings,
  ) {}

  @Get()
  @Header('cache-control', 'no-store')
  async list(@Req() request: FastifyRequest, @Query() query: unknown) {
    this.access.checkOperator(request);
    const { status, email, number, limit, cursor } = parseQuery(wanted, query);
    const emailHmac = email === undefined ? undefined : this.access.emailHmac(email);
    const { orders, next } = await listOrders(this.db, { status, emailHmac, number: number?.toLowerCase(), limit, after: cursor });
    return { items: await showOrders(this.db, this.access, this.settings, orders), next };
  }
}
