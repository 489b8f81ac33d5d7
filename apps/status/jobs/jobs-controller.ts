import { Access, runLinks } from '#libs/access';
import { line, parseBody, parseQuery, problem, Settings } from '#libs/host';
import { onceOf } from '#libs/idempotency';
import { Database } from '#libs/store';
import { Body, Controller, Get, Header, HttpCode, Param, Patch, Post, Query, Req, Res, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { page } from '../page.js';
import { changeJob, jobChange } from './change-job.js';
import { listJobs, readJob } from './jobs.js';
import { takeMergePatch } from './merge-patch.js';
import { runJob } from './run-job.js';

const wanted = z.object(page(line()));

/** What the shop does by itself, for the operator. */
@Controller('jobs')
export class JobsController implements OnModuleInit {
  constructor(
    private readonly db: Database,
    private readonly access: Access,
    private readonly settings: Settings,
    private readonly http: HttpAdapterHost,
  ) {}

  onModuleInit(): void {
    takeMergePatch(this.http.httpAdapter.getInstance(), '/jobs/:name');
  }

  @Get()
  @Header('cache-control', 'no-store')
  async list(@Req() request: FastifyRequest, @Query() query: unknown) {
    this.access.checkOperator(request);
    const { limit, cursor } = parseQuery(wanted, query);
    return listJobs(this.db, this.settings, limit, cursor);
  }

  @Get(':name')
  @Header('cache-control', 'no-store')
  async job(@Param('name') name: string, @Req() request: FastifyRequest) {
    this.access.checkOperator(request);
    return this.shown(name);
  }

  @Patch(':name')
  @Header('cache-control', 'no-store')
  async change(@Param('name') name: string, @Body() body: unknown, @Req() request: FastifyRequest) {
    this.access.checkOperator(request);
    await this.shown(name);
    await changeJob(this.db, name, parseBody(jobChange, body));
    return this.shown(name);
  }

  @Post(':name/runs')
  @HttpCode(202)
  @Header('cache-control', 'no-store')
  async run(
    @Param('name') name: string,
    @Body() body: unknown,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    this.access.checkOperator(request);
    const once = onceOf(request, `POST /jobs/${name}/runs`, this.access);
    const { id, replayed } = await runJob(this.db, name, body === undefined ? {} : body, { trigger: 'http', once });
    if (replayed) reply.header('idempotency-replayed', 'true');
    const links = runLinks(this.settings, id);
    reply.header('location', links.status);
    // As it was when it was asked for: sent again, the answer is the same.
    return { id, job: name, state: 'queued', trigger: 'http', progress: 0, startedAt: null, endedAt: null, result: null, links };
  }

  private async shown(name: string) {
    const job = await readJob(this.db, this.settings, name);
    if (!job) throw problem('not-found');
    return job;
  }
}
