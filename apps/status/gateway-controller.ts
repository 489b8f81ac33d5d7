import { Access } from '#libs/access';
import { parseQuery, problem, Settings } from '#libs/host';
import { Controller, Get, Header, Query, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { request as ask } from 'undici';
import { z } from 'zod';

export const query = z.object({ orderId: z.uuid().describe('Of an order, or of an account.') });

/** The simulated bank's own book, as it stands there: nothing of it is the shop's. */
@Controller('gateway')
export class GatewayController {
  constructor(
    private readonly access: Access,
    private readonly settings: Settings,
  ) {}

  @Get('ledger')
  @Header('cache-control', 'no-store')
  async ledger(@Req() request: FastifyRequest, @Query() given: unknown) {
    this.access.checkOperator(request);
    const { orderId } = parseQuery(query, given);
    if (!this.settings.WORLD_URL) throw problem('unavailable', { detail: 'There is no simulated bank here.' });
    const answer = await ask(`${this.settings.WORLD_URL}/gateway/ledger?orderId=${orderId.toLowerCase()}`).catch(() => undefined);
    if (answer?.statusCode !== 200) throw problem('unavailable', { detail: 'The simulated bank does not answer.' });
    return answer.body.json();
  }
}
