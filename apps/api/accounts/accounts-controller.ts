import { Access, accountLinks } from '#libs/access';
import { idFrom, parseBody, problem, Settings } from '#libs/host';
import { onceOf } from '#libs/idempotency';
import { Wake } from '#libs/platform';
import { Callbacks } from '#libs/role';
import { Database } from '#libs/store';
import { Body, Controller, Header, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { readAccount } from './callers.js';
import { closeAccount } from './close-account.js';
import { accountBody, openAccount } from './open-account.js';

export const nothing = z.strictObject({});

/** Accounts of those who order by API: the operator's to open and to close. */
@Controller('accounts')
export class AccountsController {
  constructor(
    private readonly db: Database,
    private readonly access: Access,
    private readonly settings: Settings,
    private readonly wake: Wake,
    private readonly callbacks: Callbacks,
  ) {}

  @Post()
  @HttpCode(202)
  async open(@Body() body: unknown, @Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply) {
    this.access.checkOperator(request);
    const once = onceOf(request, 'POST /accounts', this.access);
    const { id, replayed } = await openAccount(this.db, parseBody(accountBody, body), once, request.span?.traceparent);
    return { id, status: 'opening', links: this.answered(reply, id, replayed) };
  }

  @Post(':id/closure')
  @HttpCode(202)
  async close(
    @Param('id') given: string,
    @Body() body: unknown,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const id = idFrom(given);
    this.access.checkOperator(request);
    parseBody(nothing, body === undefined ? {} : body);
    const { replayed } = await closeAccount(this.db, `account:${id}`, onceOf(request, `POST /accounts/${id}/closure`, this.access));
    return { id, status: 'closed', links: this.answered(reply, id, replayed) };
  }

  /** Both are made of the account's id and the shop's secrets wherever they are needed, and stored nowhere. */
  @Post(':id/key')
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  async key(@Param('id') given: string, @Body() body: unknown, @Req() request: FastifyRequest) {
    const id = idFrom(given);
    this.access.checkOperator(request);
    parseBody(nothing, body === undefined ? {} : body);
    const stream = `account:${id}`;
    const { status } = await readAccount(this.db, stream);
    if (status === 'none') throw problem('not-found');
    if (status !== 'ready') throw problem('account-state');
    return { key: this.access.accountKey(id), webhookSecret: this.callbacks.secretOf(stream) };
  }

  private answered(reply: FastifyReply, id: string, replayed: boolean) {
    if (replayed) reply.header('idempotency-replayed', 'true');
    else this.wake.relay(new Set(['standard']));
    const links = accountLinks(this.settings, id);
    reply.header('location', links.status).header('cache-control', 'private, no-cache');
    return links;
  }
}
