import { Access } from '#libs/access';
import { idFrom, parseBody, problem, Settings } from '#libs/host';
import { onceOf } from '#libs/idempotency';
import { Database } from '#libs/store';
import { Body, Controller, Get, Header, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { cancelJobRun } from './cancel-job-run.js';
import { readRun, readRunLog } from './runs.js';

/** A run of a job, for the operator. */
@Controller('job-runs/:id')
export class JobRunsController {
  constructor(
    private readonly db: Database,
    private readonly access: Access,
    private readonly settings: Settings,
  ) {}

  @Get()
  @Header('cache-control', 'no-store')
  async run(@Param('id') id: string, @Req() request: FastifyRequest) {
    this.access.checkOperator(request);
    return this.shown(idFrom(id));
  }

  @Get('log')
  @Header('cache-control', 'no-store')
  async log(@Param('id') id: string, @Req() request: FastifyRequest) {
    this.access.checkOperator(request);
    const run = await this.shown(idFrom(id));
    return { items: await readRunLog(this.db, run.id) };
  }

  @Post('cancellation')
  @HttpCode(202)
  @Header('cache-control', 'no-store')
  async cancel(
    @Param('id') id: string,
    @Body() body: unknown,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    this.access.checkOperator(request);
    const run = idFrom(id);
    parseBody(z.strictObject({}), body === undefined ? {} : body);
    const once = onceOf(request, `POST /job-runs/${run}/cancellation`, this.access);
    const cancelled = await cancelJobRun(this.db, this.settings, run, once);
    if (cancelled.replayed) reply.header('idempotency-replayed', 'true');
    reply.header('location', cancelled.run.links.status);
    return cancelled.run;
  }

  private async shown(id: string) {
    const run = await readRun(this.db, this.settings, id);
    if (!run) throw problem('not-found');
    return run;
  }
}
