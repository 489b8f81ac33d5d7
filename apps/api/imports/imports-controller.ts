import { Access, runLinks } from '#libs/access';
import { Settings } from '#libs/host';
import { Objects } from '#libs/objects';
import { PaymentKeys } from '#libs/placing';
import { Callbacks } from '#libs/role';
import { Database } from '#libs/store';
import { Controller, HttpCode, Post, Req, Res, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { keyOf } from '#libs/idempotency';
import { importType, takeImports } from './import-type.js';
import { takeImport } from './take-import.js';

/** Where files of orders come in: the operator's. */
@Controller('imports')
export class ImportsController implements OnModuleInit {
  constructor(
    private readonly db: Database,
    private readonly objects: Objects,
    private readonly access: Access,
    private readonly keys: PaymentKeys,
    private readonly callbacks: Callbacks,
    private readonly settings: Settings,
    private readonly http: HttpAdapterHost,
  ) {}

  onModuleInit(): void {
    takeImports(this.http.httpAdapter.getInstance(), '/imports', this.access);
  }

  @Post()
  @HttpCode(202)
  async take(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply) {
    // Asked once more: the hook that asks before a byte is read knows its route by name.
    this.access.checkOperator(request);
    const { db, objects, access, keys } = this;
    const parts = { db, objects, access, keys, callbacks: this.callbacks.rules };
    const type = importType(request.headers['content-type'])!;
    const { id, replayed } = await takeImport(parts, type, request.raw, keyOf(request, 'POST /imports', access));
    if (replayed) reply.header('idempotency-replayed', 'true');
    const links = runLinks(this.settings, id);
    reply.header('location', links.status).header('retry-after', '1').header('cache-control', 'private, no-cache');
    return { id, job: 'import', state: 'queued', links };
  }
}
