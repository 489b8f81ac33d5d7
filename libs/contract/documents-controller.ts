import { matches, pageFile, pageFilesIn, problem, Settings, type PageFile } from '#libs/host';
import { Controller, Get, Param, Req, Res, type OnApplicationBootstrap } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { makeAsyncApi } from './asyncapi.js';
import { DESCRIBED, type RoleDescription } from './described.js';
import { makeOpenApi } from './openapi.js';
import { own } from './own.js';
import { routesOf } from './routes.js';

const pageFiles = pageFilesIn(import.meta.dirname, 'libs/contract');

const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** What this process answers, told to programs and to people: made once, of the schemas that validate and the routes that are here. */
@Controller()
export class DocumentsController implements OnApplicationBootstrap {
  private openApi!: PageFile;
  private asyncApi!: PageFile;

  constructor(
    private readonly settings: Settings,
    private readonly discovery: DiscoveryService,
  ) {}

  onApplicationBootstrap(): void {
    const here = new Set(
      this.discovery.getControllers().flatMap(({ metatype }) => (typeof metatype === 'function' ? routesOf(metatype as never) : [])),
    );
    const roles = this.discovery
      .getProviders()
      .flatMap(({ token, instance }) => (token === DESCRIBED ? [instance as RoleDescription] : []));
    const json = (document: object): PageFile => pageFile('application/json; charset=utf-8', Buffer.from(JSON.stringify(document)));
    this.openApi = json(makeOpenApi([...roles, own], here, this.settings));
    this.asyncApi = json(makeAsyncApi(this.settings.KAFKA_BROKERS));
  }

  @Get('openapi.json')
  openapi(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    this.send(request, reply, this.openApi);
  }

  @Get('asyncapi.json')
  asyncapi(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    this.send(request, reply, this.asyncApi);
  }

  @Get('docs')
  page(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    this.send(request, reply, pageFiles.get('docs.html')!);
  }

  @Get('docs/:name')
  file(@Param('name') name: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    const file = name === 'docs.html' ? undefined : pageFiles.get(name);
    if (!file) throw problem('not-found');
    this.send(request, reply, file);
  }

  private send({ headers }: FastifyRequest, reply: FastifyReply, { type, body, etag }: PageFile): void {
    void reply.headers({ etag, 'cache-control': 'no-cache', 'content-security-policy': policy, 'referrer-policy': 'no-referrer' });
    if (matches(headers['if-none-match'], etag)) void reply.code(304).send();
    else void reply.header('content-type', type).send(body);
  }
}
