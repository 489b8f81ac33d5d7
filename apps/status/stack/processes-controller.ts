import { Access } from '#libs/access';
import type { Told } from '#libs/store';
import { Body, Controller, Header, HttpCode, Param, Post, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Stack, type ShownProcess } from './stack.js';

/** It waits for members that were frozen, and tells of every stream. */
const wipedWithinMs = 240_000;

/** What the Lab does to processes, and to what is between them. */
@Controller('lab')
export class ProcessesController {
  constructor(
    private readonly access: Access,
    private readonly stack: Stack,
  ) {}

  /** This service too: then nobody is answered. */
  @Post('processes/:role/kill')
  @HttpCode(202)
  @Header('cache-control', 'no-store')
  async kill(@Param('role') role: string, @Body() body: unknown, @Req() request: FastifyRequest): Promise<ShownProcess> {
    this.access.checkOperator(request);
    return this.stack.tell('POST', `/processes/${encodeURIComponent(role)}/kill`, body);
  }

  @Post('processes/:role/freeze')
  @HttpCode(202)
  @Header('cache-control', 'no-store')
  async freeze(@Param('role') role: string, @Body() body: unknown, @Req() request: FastifyRequest): Promise<ShownProcess> {
    this.access.checkOperator(request);
    return this.stack.tell('POST', `/processes/${encodeURIComponent(role)}/freeze`, body);
  }

  /** Answered once all is told again. */
  @Post('kafka/wipe')
  @HttpCode(202)
  @Header('cache-control', 'no-store')
  async wipe(@Req() request: FastifyRequest): Promise<Told> {
    this.access.checkOperator(request);
    return this.stack.tell('POST', '/kafka/wipe', {}, wipedWithinMs);
  }
}
