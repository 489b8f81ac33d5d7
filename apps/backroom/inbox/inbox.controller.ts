import { Controller, Get, Header, Param, Query, Req, Res, UseGuards } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { idFrom, parseQuery, problem, Settings } from '#libs/host';
import { Inbox } from './inbox.js';
import { InboxGuard, Open } from './inbox.guard.js';
import type { FullLetter, Letter } from './letters.js';
import { sendPage, wantsPage } from './page.js';

export const Listing = z.object({
  limit: z
    .string()
    .regex(/^(1?\d?\d|200)$/, 'This must be from 1 to 200.')
    .transform(Number)
    .refine((limit) => limit > 0, 'This must be from 1 to 200.')
    .default(50)
    .meta({ type: 'integer', minimum: 1, maximum: 200 }),
  cursor: z.uuid('This is no cursor of this list.').optional(),
  to: z.string().max(254).optional(),
});

/** A mail may run nothing, fetch nothing and send nothing, whoever wrote it. */
const mailPolicy =
  "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'";

/** The mails that came to the consolidated host: a page for people, JSON for the rest. */
@Controller('inbox')
@UseGuards(InboxGuard)
export class InboxController {
  constructor(
    private readonly inbox: Inbox,
    private readonly settings: Settings,
  ) {}

  @Get()
  @Open('page')
  async list(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply, @Query() query: unknown) {
    if (wantsPage(request)) return sendPage(reply, 'inbox.html');
    const { limit, cursor, to } = parseQuery(Listing, query);
    const { items, next } = await this.inbox.list({ limit, after: cursor, to });
    void reply.headers({ 'cache-control': 'no-store', vary: 'accept' });
    return { items: items.map((letter) => this.shown(letter)), next };
  }

  @Get('inbox.js')
  @Open('always')
  script(@Res({ passthrough: true }) reply: FastifyReply) {
    return sendPage(reply, 'inbox.js');
  }

  @Get('inbox.css')
  @Open('always')
  styles(@Res({ passthrough: true }) reply: FastifyReply) {
    return sendPage(reply, 'inbox.css');
  }

  @Get(':id')
  @Open('page')
  async read(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply, @Param('id') id: string) {
    if (wantsPage(request)) return sendPage(reply, 'inbox.html');
    const { body: _, ...letter } = await this.find(id);
    void reply.headers({ 'cache-control': 'private, no-cache', vary: 'accept' });
    return this.shown(letter);
  }

  @Get(':id/html')
  @Header('content-type', 'text/html; charset=utf-8')
  @Header('content-security-policy', mailPolicy)
  @Header('referrer-policy', 'no-referrer')
  @Header('cache-control', 'private, no-cache')
  async html(@Param('id') id: string): Promise<string> {
    const { body } = await this.find(id);
    if (body === undefined) throw problem('not-found', { detail: 'This mail has no HTML.' });
    return body;
  }

  @Get(':id/raw')
  @Header('content-type', 'message/rfc822')
  @Header('cache-control', 'private, no-cache')
  async raw(@Param('id') id: string): Promise<Buffer> {
    const raw = await this.inbox.raw(idFrom(id));
    if (!raw) throw problem('not-found');
    return raw;
  }

  private async find(id: string): Promise<FullLetter> {
    const letter = await this.inbox.get(idFrom(id));
    if (!letter) throw problem('not-found');
    return letter;
  }

  private shown(letter: Letter) {
    const self = `${this.settings.STATUS_URL}/inbox/${letter.id}`;
    return { ...letter, links: { self, raw: `${self}/raw`, ...(letter.html && { html: `${self}/html` }) } };
  }
}
