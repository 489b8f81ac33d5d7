import { Access } from '#libs/access';
import { lanes } from '#libs/bus';
import { invalidAt, parseBody, problem } from '#libs/host';
import { Wake } from '#libs/platform';
import { Database, tell } from '#libs/store';
import { Body, Controller, Delete, Get, Header, HttpCode, Param, Post, Put, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { ShownStack, Stack } from '../stack/stack.js';

/** What may be broken on purpose. */
export abstract class Playground {
  /** The simulated outside's URL. */
  readonly world!: string;
  /** Where the shop runs as processes of a stack: these, too. */
  readonly stack?: Stack;
}

const services = ['gateway', 'printer', 'carrier'] as const;

/** As the world's own switches, of a whole service. */
export const fault = z
  .strictObject({
    delayMs: z.int().min(0).max(60_000).optional(),
    refuse: z.literal(true).optional(),
    hang: z.literal(true).optional(),
    failNext: z.int().min(1).max(1_000).optional(),
    loseAnswers: z.int().min(1).max(1_000).optional(),
  })
  .meta({ minProperties: 1 });

export const again = z.strictObject({ orders: z.int().min(1).max(500) });

/** Breaks what is around the shop, on purpose: there only where all of it is the host's or the stack's own. Roles are paused by `/workers`, as anywhere. */
@Controller('lab')
export class LabController {
  constructor(
    private readonly db: Database,
    private readonly access: Access,
    private readonly wake: Wake,
    private readonly playground: Playground,
  ) {}

  /** What is broken now; and what of a stack can be. */
  @Get()
  @Header('cache-control', 'no-store')
  async show(@Req() request: FastifyRequest) {
    this.access.checkOperator(request);
    const [faults, stack] = await Promise.all([this.ask('faults'), this.playground.stack?.show()]);
    return { faults, ...(stack && shownOf(stack)) };
  }

  @Put('faults/:service')
  @Header('cache-control', 'no-store')
  async break(@Param('service') service: string, @Body() body: unknown, @Req() request: FastifyRequest) {
    this.access.checkOperator(request);
    if (!services.includes(service as never)) throw problem('not-found');
    const wanted = parseBody(fault, body);
    if (Object.keys(wanted).length === 0) throw invalidAt([], 'This says nothing of what is to be broken.');
    return { faults: await this.ask(`faults/${service}`, 'PUT', wanted) };
  }

  @Delete('faults')
  @HttpCode(204)
  async heal(@Req() request: FastifyRequest): Promise<void> {
    this.access.checkOperator(request);
    await this.ask('faults', 'DELETE');
  }

  /** Every news of the newest orders comes once more, to everybody who hears them. */
  @Post('messages')
  @HttpCode(202)
  async tellAgain(@Body() body: unknown, @Req() request: FastifyRequest) {
    this.access.checkOperator(request);
    const { orders } = parseBody(again, body);
    const newest = await this.db.run<{ stream: string }>(
      'lab-newest',
      `SELECT stream FROM events WHERE version = 1 AND stream > 'order:' AND stream < 'order;' ORDER BY stream DESC LIMIT $1`,
      [orders],
    );
    const streams = newest.map(({ stream }) => stream);
    const news = await tell(this.db, streams);
    this.wake.relay(new Set(lanes));
    return { orders: streams.length, news };
  }

  private async ask(path: string, method = 'GET', body?: object): Promise<unknown> {
    const headers = body && { 'content-type': 'application/json' };
    const answer = await fetch(`${this.playground.world}/${path}`, { method, headers, body: body && JSON.stringify(body) });
    if (!answer.ok) throw new Error(`The simulated world answered ${answer.status} to ${method} /${path}.`);
    return answer.status === 204 ? undefined : answer.json();
  }
}

const shownOf = ({ kafka, processes }: ShownStack) => ({ kafka, processes });
