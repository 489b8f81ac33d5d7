import { matches, pageFile, pageFilesIn, problem, Settings, type PageFile } from '#libs/host';
import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';

const pageFiles = pageFilesIn(import.meta.dirname, 'apps/status/dashboard');

/** The dashboard: public, and nothing in it. */
@Controller()
export class PageController {
  private readonly page: PageFile;
  private readonly policy: string;

  constructor({ PUBLIC_URL, STATUS_URL }: Settings) {
    const apart = new URL(PUBLIC_URL).origin !== new URL(STATUS_URL).origin;
    // The same origin, by whatever name the page was opened, unless the front door is elsewhere.
    const html = pageFiles
      .get('index.html')!
      .body.toString()
      .replace('%FRONT_DOOR%', () => (apart ? encodeURI(PUBLIC_URL) : ''));
    this.page = pageFile('text/html; charset=utf-8', Buffer.from(html));
    this.policy = [
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "img-src 'self' blob: data:",
      `connect-src 'self'${apart ? ` ${new URL(PUBLIC_URL).origin}` : ''}`,
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ].join('; ');
  }

  @Get()
  dashboard(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    this.send(request, reply, this.page);
  }

  @Get('dashboard/page/:name')
  file(@Param('name') name: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    const file = name === 'index.html' ? undefined : pageFiles.get(name);
    if (!file) throw problem('not-found');
    this.send(request, reply, file);
  }

  private send({ headers }: FastifyRequest, reply: FastifyReply, { type, body, etag }: PageFile): void {
    void reply.headers({ etag, 'cache-control': 'no-cache', 'content-security-policy': this.policy, 'referrer-policy': 'no-referrer' });
    if (matches(headers['if-none-match'], etag)) void reply.code(304).send();
    else void reply.header('content-type', type).send(body);
  }
}
