import { Access } from '#libs/access';
import { Bus } from '#libs/bus';
import { parseBody, problem } from '#libs/host';
import { Attendance } from '#libs/platform';
import { Database } from '#libs/store';
import { Body, Controller, Get, Header, Param, Patch, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { pauseRole } from './pause-role.js';
import { makeShowWorkers, type ShownWorker } from './show-workers.js';

export const workerChange = z.strictObject({ paused: z.boolean() });

/** Who works, and a brake for each role. */
@Controller('workers')
export class WorkersController {
  private readonly show: () => Promise<ShownWorker[]>;

  constructor(
    private readonly db: Database,
    private readonly access: Access,
    private readonly attendance: Attendance,
    bus: Bus,
  ) {
    this.show = makeShowWorkers(db, bus);
  }

  @Get()
  @Header('cache-control', 'no-store')
  async list(@Req() request: FastifyRequest) {
    this.access.checkOperator(request);
    return { items: await this.show() };
  }

  /** Answered once all its instances have done it. The front door and the status service answer all the same: what rests is what they do besides. */
  @Patch(':role')
  @Header('cache-control', 'no-store')
  async change(@Param('role') role: string, @Body() body: unknown, @Req() request: FastifyRequest) {
    this.access.checkOperator(request);
    if (!(await this.find(role))) throw problem('not-found');
    const { paused } = parseBody(workerChange, body);
    await pauseRole(this.db, role, paused, () => this.attendance.beat());
    return this.find(role);
  }

  private async find(role: string): Promise<ShownWorker | undefined> {
    return (await this.show()).find((worker) => worker.role === role);
  }
}
