import { Access, photoLinks } from '#libs/access';
import { Settings } from '#libs/host';
import { Objects } from '#libs/objects';
import { Wake } from '#libs/platform';
import { Database } from '#libs/store';
import { Controller, HttpCode, Post, Req, Res, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { keyOf } from '#libs/idempotency';
import { takePhoto } from './take-photo.js';
import { takeUploads, uploadOf } from './upload.js';

/** Where photos come in. */
@Controller('photos')
export class PhotosController implements OnModuleInit {
  constructor(
    private readonly db: Database,
    private readonly objects: Objects,
    private readonly access: Access,
    private readonly settings: Settings,
    private readonly wake: Wake,
    private readonly http: HttpAdapterHost,
  ) {}

  onModuleInit(): void {
    takeUploads(this.http.httpAdapter.getInstance(), '/photos');
  }

  @Post()
  @HttpCode(202)
  async upload(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply) {
    const key = keyOf(request, 'POST /photos', this.access);
    const { id, replayed } = await takePhoto({ db: this.db, objects: this.objects, access: this.access }, await uploadOf(request), key);
    if (replayed) reply.header('idempotency-replayed', 'true');
    else this.wake.relay(new Set(['standard']));
    const token = this.access.tokenOf('photo', id);
    const links = photoLinks(this.settings, id, token);
    reply.header('location', links.status).header('cache-control', 'private, no-cache').header('referrer-policy', 'no-referrer');
    return { id, status: 'uploaded', token, links };
  }
}
