import { Access } from '#libs/access';
import { Bus } from '#libs/bus';
import { parseBody, problem } from '#libs/host';
import { Attendance } from '#libs/platform';
import { Database, listWorkers, pauseWorker } from '#libs/store';
import { Body, Controller, Get, Header, Param, Patch, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { makeShowWorkers, type ShownWorker } from './show-workers.js';

export const workerChange = z.strictObject({ paused: z.boolean() });

/** Two beats and a little: who has not said so by then hangs, and will not escape it. */
const allWithinMs = 5_000;

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
    await pauseWorker(this.db, role, paused);
    await this.attendance.beat();
    await this.done(role, paused);
    return this.find(role);
  }

  private async find(role: string): Promise<ShownWorker | undefined> {
    return (await this.show()).find((worker) => worker.role === role);
  }

  private async done(role: string, paused: boolean): Promise<void> {
    for (const until = performance.now() + allWithinMs; performance.now() < until; await sleep(50)) {
      const worker = (await listWorkers(this.db)).find((one) => one.role === role);
      if (worker?.instances.every((one) => one.paused === paused)) return;
    }
  }
}
