import { Access, photoLinks, renditionLink } from '#libs/access';
import { idFrom, Lifecycle, parseQuery, problem, Settings } from '#libs/host';
import { historyOf } from '#libs/order-status';
import { Database } from '#libs/store';
import { Controller, Get, Header, Param, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { page } from '../page.js';
import { decidedAfter } from './decided.js';
import { Feed } from './feed.js';
import { readGuidance } from './guidance.js';
import { listPhotos } from './photo-list.js';

export const photosWanted = z.object(page(z.uuid()));

/** What the dashboard shows and the contract has no address for. The operator's. */
@Controller('dashboard')
export class DashboardController {
  private readonly guidance = readGuidance();

  constructor(
    private readonly db: Database,
    private readonly access: Access,
    private readonly settings: Settings,
    private readonly feed: Feed,
    private readonly lifecycle: Lifecycle,
  ) {}

  /** Every version of an order: the event that led to it, the order after it, and what was decided then. */
  @Get('orders/:id/versions')
  @Header('cache-control', 'private, no-cache')
  async versions(@Param('id') given: string, @Req() request: FastifyRequest) {
    const id = idFrom(given);
    this.access.checkOperator(request);
    const history = await historyOf(this.db, `order:${id}`, 0);
    if (history.length === 0) throw problem('not-found');
    const decided = decidedAfter(history.map(({ event }) => event));
    return {
      items: history.map(({ event: { version, type, at, data }, view: { status, progress, steps, reason, notifications } }, n) => ({
        version,
        type,
        at,
        data,
        order: { status, progress, steps, reason, notifications },
        next: decided[n] ?? null,
      })),
    };
  }

  @Get('photos')
  @Header('cache-control', 'no-store')
  async photos(@Req() request: FastifyRequest, @Query() query: unknown) {
    this.access.checkOperator(request);
    const { limit, cursor } = parseQuery(photosWanted, query);
    const { photos, next } = await listPhotos(this.db, { limit, after: cursor });
    return {
      items: photos.map(({ id, at, photo: { status, width, height, renditions, reason } }) => {
        const token = this.access.tokenOf('photo', id);
        return {
          id,
          uploadedAt: at,
          status,
          width,
          height,
          reason,
          renditions: renditions.map(({ name, width, height }) => ({
            name,
            width,
            height,
            url: renditionLink(this.settings, id, token, name),
          })),
          links: photoLinks(this.settings, id, token),
        };
      }),
      next,
    };
  }

  /** What background work is asked for, where that lives here, and what keeps it so. */
  @Get('guidance')
  @Header('cache-control', 'no-cache')
  rows(@Req() request: FastifyRequest) {
    this.access.checkOperator(request);
    return { items: this.guidance };
  }

  /** Server-sent events: the whole picture each time, so whoever missed one has missed nothing. */
  @Get('stream')
  stream(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    this.access.checkOperator(request);
    const { raw } = reply;
    const headers = Object.entries(reply.getHeaders()).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]]));
    raw.writeHead(200, { ...Object.fromEntries(headers), 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    reply.hijack();
    if (request.method === 'HEAD') return void raw.end();
    raw.write(': hello\n\n');
    // Who does not read gets no more until he does: each picture is whole.
    const leave = this.feed.watch(
      (picture) => raw.writableEnded || raw.writableNeedDrain || raw.write(`data: ${JSON.stringify(picture)}\n\n`),
    );
    const release = this.lifecycle.onStop(() => void raw.end());
    raw.once('close', () => {
      leave();
      release();
    });
  }
}
