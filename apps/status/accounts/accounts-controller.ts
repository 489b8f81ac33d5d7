import { Access } from '#libs/access';
import { idFrom, matches, parseQuery, problem, Settings } from '#libs/host';
import { Database } from '#libs/store';
import { Controller, Get, Header, Param, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { Follow } from '../follow.js';
import { newestStreams } from '../newest-streams.js';
import { page } from '../page.js';
import { historiesOf, showAccounts, type History } from './show-accounts.js';

export const accountsWanted = z.object(page(z.uuid()));

/** Accounts of those who order by API, as the operator sees them. */
@Controller('accounts')
export class AccountsController {
  constructor(
    private readonly db: Database,
    private readonly access: Access,
    private readonly settings: Settings,
    private readonly follow: Follow,
  ) {}

  @Get()
  @Header('cache-control', 'no-store')
  async list(@Req() request: FastifyRequest, @Query() query: unknown) {
    this.access.checkOperator(request);
    const { limit, cursor } = parseQuery(accountsWanted, query);
    const { streams, next } = await newestStreams(this.db, 'account', { limit, after: cursor });
    const histories = await historiesOf(this.db, streams);
    const states = new Map(streams.map((stream) => [stream, histories.get(stream)!.at(-1)!.state]));
    return { items: await showAccounts(this.db, this.settings, states), next };
  }

  @Get(':id')
  async account(@Param('id') id: string, @Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply) {
    const { stream, history } = await this.read(id, request);
    const { state } = history.at(-1)!;
    const etag = `"${state.version}"`;
    reply.header('etag', etag).header('cache-control', 'private, no-cache');
    if (matches(request.headers['if-none-match'], etag)) return void reply.code(304);
    const [shown] = await showAccounts(this.db, this.settings, new Map([[stream, state]]));
    return shown;
  }

  @Get(':id/events')
  @Header('cache-control', 'private, no-cache')
  async events(@Param('id') id: string, @Req() request: FastifyRequest) {
    const { history } = await this.read(id, request);
    return { items: history.map(({ event: { version, type, at, data } }) => ({ version, type, at, data })) };
  }

  @Get(':id/stream')
  async stream(@Param('id') id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { stream } = await this.read(id, request);
    await this.follow.answer(request, reply, stream, async (after) =>
      ((await historiesOf(this.db, [stream])).get(stream) ?? [])
        .filter(({ event }) => event.version > after)
        .map(({ event: { version, type, at, data }, state: { status, erased } }) => ({
          version,
          last: erased,
          data: { version, type, at, data, status },
        })),
    );
  }

  /** @throws {Problem} `unauthorized`, `not-found` */
  private async read(given: string, request: FastifyRequest): Promise<{ stream: string; history: History }> {
    const stream = `account:${idFrom(given)}`;
    this.access.checkOperator(request);
    const history = (await historiesOf(this.db, [stream])).get(stream);
    if (!history) throw problem('not-found');
    return { stream, history };
  }
}
