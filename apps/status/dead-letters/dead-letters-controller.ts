import { Access } from '#libs/access';
import { lanes } from '#libs/bus';
import { idFrom, line, parseBody, parseQuery, problem } from '#libs/host';
import { onceOf } from '#libs/idempotency';
import { Wake } from '#libs/platform';
import { Database, dropDeadLetters, listDeadLetters, type LettersWanted } from '#libs/store';
import { Body, Controller, Delete, Get, Header, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { page } from '../page.js';
import { decidedNow } from './decided-now.js';
import { redriveOnce } from './redrive.js';

const name = line(255);
const filter = { consumer: name.optional(), type: name.optional(), topic: name.optional() };
export const lettersWanted = z.object({ ...filter, ...page(z.uuid()) });
export const redriveWanted = z
  .strictObject({ ids: z.array(z.uuid()).min(1).max(1_000).optional(), ...filter, dryRun: z.boolean().optional() })
  .refine(
    ({ ids, consumer, type, topic }) => [ids, consumer, type, topic].some((one) => one !== undefined),
    // Whose fields are wrong has said which, wrongly.
    { error: 'Say which: ids, consumer, type or topic.', when: ({ issues }) => issues.length === 0 },
  )
  .meta({ anyOf: ['ids', 'consumer', 'type', 'topic'].map((one) => ({ required: [one] })) });
/** In one transaction: who has more asks again. */
const mostAtOnce = 10_000;

/** What was given up, for an operator to see to in his own time: nobody else waits for it. */
@Controller('dead-letters')
export class DeadLettersController {
  constructor(
    private readonly db: Database,
    private readonly access: Access,
    private readonly wake: Wake,
  ) {}

  @Get()
  @Header('cache-control', 'no-store')
  async list(@Req() request: FastifyRequest, @Query() given: unknown) {
    this.access.checkOperator(request);
    const { limit, cursor, ...filter } = parseQuery(lettersWanted, given);
    const items = await listDeadLetters(this.db, { ...filter, before: cursor, most: limit + 1 });
    return { items: items.slice(0, limit), next: items.length > limit ? items[limit - 1]!.id : null };
  }

  @Get(':id')
  @Header('cache-control', 'no-store')
  async letter(@Param('id') id: string, @Req() request: FastifyRequest) {
    this.access.checkOperator(request);
    const [letter] = await listDeadLetters(this.db, { ids: [idFrom(id)], most: 1 });
    if (!letter) throw problem('not-found');
    return letter;
  }

  /** Those that fit, all at once; with `dryRun` nothing is done, and each is shown with what would be decided for its order now. */
  @Post('redrive')
  @HttpCode(202)
  async redriveSome(@Body() body: unknown, @Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply) {
    this.access.checkOperator(request);
    const { dryRun, ...filter } = parseBody(redriveWanted, body ?? {});
    if (dryRun) {
      reply.code(200);
      return { items: await decidedNow(this.db, await listDeadLetters(this.db, { ...filter, most: 200 })) };
    }
    return this.redrive(request, reply, 'POST /dead-letters/redrive', { ...filter, most: mostAtOnce });
  }

  @Post(':id/redrive')
  @HttpCode(202)
  async redriveOne(@Param('id') given: string, @Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply) {
    this.access.checkOperator(request);
    const id = idFrom(given);
    return this.redrive(request, reply, `POST /dead-letters/${id}/redrive`, { ids: [id], most: 1 }, true);
  }

  @Delete(':id')
  @HttpCode(204)
  async drop(@Param('id') given: string, @Req() request: FastifyRequest): Promise<void> {
    this.access.checkOperator(request);
    const id = idFrom(given);
    const dropped = await this.db.transaction((tx) => dropDeadLetters(tx, { ids: [id], most: 1 }, 'operator'));
    if (dropped.length === 0) throw problem('not-found');
  }

  private async redrive(request: FastifyRequest, reply: FastifyReply, route: string, wanted: LettersWanted, mustBe = false) {
    const { replayed, ...answer } = await redriveOnce(this.db, wanted, mustBe, onceOf(request, route, this.access));
    if (replayed) reply.header('idempotency-replayed', 'true');
    else this.wake.relay(new Set(lanes));
    return answer;
  }
}
