import { Access } from '#libs/access';
import { Body, Controller, Get, Header, Param, Put, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Stack, type ShownPool } from './stack.js';

/** How many processes the roles have that may have several: there only beside the stack that has started them. */
@Controller('pools')
export class PoolsController {
  constructor(
    private readonly access: Access,
    private readonly stack: Stack,
  ) {}

  @Get()
  @Header('cache-control', 'no-store')
  async list(@Req() request: FastifyRequest) {
    this.access.checkOperator(request);
    const { pools } = await this.stack.show();
    return { items: pools };
  }

  @Put(':role')
  @Header('cache-control', 'no-store')
  async set(@Param('role') role: string, @Body() body: unknown, @Req() request: FastifyRequest): Promise<ShownPool> {
    this.access.checkOperator(request);
    return this.stack.tell('PUT', `/pools/${encodeURIComponent(role)}`, body);
  }
}
