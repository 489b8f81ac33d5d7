import { Access, photoLinks, renditionLink } from '#libs/access';
import { idFrom, matches, problem, Settings } from '#libs/host';
import { Objects } from '#libs/objects';
import { photo, readPhotoEvent, type Photo, type Rendition } from '#libs/photo';
import { Database, postgresEventStore, type Recorded } from '#libs/store';
import { asToday, photos } from '#libs/work';
import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { createHash } from 'node:crypto';
import { Follow } from './follow.js';

/** What anybody entitled may see of a photo. */
@Controller('photos/:id')
export class PhotosController {
  constructor(
    private readonly db: Database,
    private readonly objects: Objects,
    private readonly access: Access,
    private readonly settings: Settings,
    private readonly follow: Follow,
  ) {}

  @Get()
  async photo(@Param('id') given: string, @Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply) {
    const id = this.entitled(given, request, reply);
    const { status, version, width, height, renditions, reason } = await this.read(id);
    const etag = `"${version}"`;
    reply.header('etag', etag).header('cache-control', 'private, no-cache');
    if (matches(request.headers['if-none-match'], etag)) return void reply.code(304);
    const links = photoLinks(this.settings, id, this.access.tokenOf('photo', id));
    return { id, status, width, height, renditions: renditions.map(this.shown(id)), reason, links };
  }

  @Get('stream')
  async stream(@Param('id') given: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const id = this.entitled(given, request, reply);
    await this.read(id);
    await this.follow.answer(request, reply, `photo:${id}`, async (after) =>
      (await this.history(id))
        .filter(({ event }) => event.version > after)
        .map(({ event, state: { status } }) => ({
          version: event.version,
          last: status !== 'uploaded' && status !== 'rendering',
          data: { version: event.version, type: event.type, at: event.at, data: this.shownData(id, event), status },
        })),
    );
  }

  @Get('renditions/:name')
  async rendition(
    @Param('id') given: string,
    @Param('name') name: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const id = this.entitled(given, request, reply);
    const rendition = (await this.read(id)).renditions.find((one) => one.name === name);
    if (!rendition) throw problem('not-found');
    // What an object's name stands for never changes.
    const etag = `"${createHash('sha256').update(rendition.object).digest('base64url').slice(0, 22)}"`;
    reply.header('etag', etag).header('cache-control', 'private, max-age=31536000, immutable');
    if (matches(request.headers['if-none-match'], etag)) return void reply.code(304).send();
    const found = await this.objects.get(rendition.object);
    if (!found) throw problem('not-found', { detail: 'This image has been deleted.' });
    reply.header('content-type', rendition.contentType).header('content-length', found.size);
    await reply.send(found.stream);
  }

  private entitled(given: string, request: FastifyRequest, reply: FastifyReply): string {
    const id = idFrom(given);
    reply.header('referrer-policy', 'no-referrer');
    this.access.check(request, 'photo', id);
    return id;
  }

  /** @throws {Problem} `not-found` */
  private async read(id: string): Promise<Photo> {
    const now = (await this.history(id)).at(-1);
    if (!now) throw problem('not-found');
    if (now.state.status === 'erased') throw problem('not-found', { detail: 'This photo has been deleted.' });
    return now.state;
  }

  /** Its events, each with the photo after it. One of a later build changes nothing that this build could show. */
  private async history(id: string): Promise<{ event: Recorded; state: Photo }[]> {
    const stream = `photo:${id}`;
    const events = (await postgresEventStore.load(this.db, [{ stream, after: 0 }])).get(stream) ?? [];
    let state = photo.initial;
    return events.map((event) => {
      const known = readPhotoEvent(event);
      state = known ? photo.evolve(state, known, event.at) : { ...state, version: event.version };
      return { event: asToday(photos, event), state };
    });
  }

  /** Shows the renditions of a photo. */
  private shown(id: string) {
    const token = this.access.tokenOf('photo', id);
    return ({ name, width, height, contentType }: Rendition) => ({
      name,
      width,
      height,
      contentType,
      url: renditionLink(this.settings, id, token, name),
    });
  }

  /** Without where the objects lie. */
  private shownData(id: string, { data }: Recorded): object {
    const { object: _, renditions, ...rest } = data as { object?: string; renditions?: readonly Rendition[] };
    return renditions ? { ...rest, renditions: renditions.map(this.shown(id)) } : rest;
  }
}
