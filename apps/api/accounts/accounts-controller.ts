import { Access, accountLinks } from '#libs/access';
import { idFrom, parseBody, problem, Settings } from '#libs/host';
import { onceOf, type Once } from '#libs/idempotency';
import { Wake } from '#libs/platform';
import { Callbacks } from '#libs/role';
import { Database } from '#libs/store';
import { Body, Controller, Header, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { readAccount } from './callers.js';
import { changeAccount } from './change-account.js';
import { accountBody, openAccount } from './open-account.js';

export const nothing = z.strictObject({});
export const keyWanted = z.strictObject({ renew: z.boolean().default(false) });

/** Accounts of those who order by API: the operator's to open, to give a key to, and to close. */
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
    const once = onceOf(request, `POST /accounts/${id}/closure`, this.access);
    const { replayed } = await changeAccount(this.db, `account:${id}`, { do: 'close' }, once);
    return { id, status: 'closed', links: this.answered(reply, id, replayed) };
  }

  /** Both are made of what the account's stream has and of the shop's secrets wherever they are needed, and stored nowhere. */
  @Post(':id/key')
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  async key(
    @Param('id') given: string,
    @Body() body: unknown,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const id = idFrom(given);
    this.access.checkOperator(request);
    const { renew } = parseBody(keyWanted, body === undefined ? {} : body);
    const once = onceOf(request, `POST /accounts/${id}/key`, this.access);
    const stream = `account:${id}`;
    const number = renew ? await this.renewed(stream, once, reply) : await this.keyNumber(stream);
    return { key: this.access.accountKey(id, number), webhookSecret: this.callbacks.secretOf(stream) };
  }

  private async renewed(stream: string, once: Once | undefined, reply: FastifyReply): Promise<number> {
    const { keyNumber, replayed } = await changeAccount(this.db, stream, { do: 'renew-key' }, once);
    this.written(reply, replayed);
    return keyNumber;
  }

  private async keyNumber(stream: string): Promise<number> {
    const { status, keyNumber } = await readAccount(this.db, stream);
    if (status === 'none') throw problem('not-found');
    if (status !== 'ready') throw problem('account-state');
    return keyNumber;
  }

  private written(reply: FastifyReply, replayed: boolean): void {
    if (replayed) reply.header('idempotency-replayed', 'true');
    else this.wake.relay(new Set(['standard']));
  }

  private answered(reply: FastifyReply, id: string, replayed: boolean) {
    this.written(reply, replayed);
    const links = accountLinks(this.settings, id);
    reply.header('location', links.status).header('cache-control', 'private, no-cache');
    return links;
  }
}
