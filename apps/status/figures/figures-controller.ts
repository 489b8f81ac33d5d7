import { Access } from '#libs/access';
import { parseQuery, problem } from '#libs/host';
import { Database } from '#libs/store';
import { Controller, Get, Header, Param, Query, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { relatedTo } from './related.js';
import { salesOf } from './sales.js';

/** ISO 8601 knows a year 0, PostgreSQL does not. */
const day = z.iso
  .date({ error: 'This must be a day, as in 2026-12-31.', abort: true })
  .refine((text) => text > '0001', 'This must be a day after the year 0.');
export const salesWanted = z
  .object({ from: day, to: day })
  .refine(({ from, to }) => from <= to, { path: ['to'], error: 'This must not be before `from`.' });

/** What the jobs have counted. */
@Controller()
export class FiguresController {
  constructor(
    private readonly db: Database,
    private readonly access: Access,
  ) {}

  @Get('reports/sales')
  @Header('cache-control', 'no-store')
  async sales(@Req() request: FastifyRequest, @Query() query: unknown) {
    this.access.checkOperator(request);
    const { from, to } = parseQuery(salesWanted, query);
    return { items: await salesOf(this.db, from, to) };
  }

  @Get('products/:sku/related')
  @Header('cache-control', 'no-store')
  async related(@Param('sku') sku: string) {
    const items = await relatedTo(this.db, sku);
    if (!items) throw problem('not-found');
    return { items };
  }
}
