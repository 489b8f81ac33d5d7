import { role as api } from '#apps/api';
import { role as fulfilment } from '#apps/fulfilment';
import { role as jobs } from '#apps/jobs';
import { role as notifications } from '#apps/notifications';
import { role as payments } from '#apps/payments';
import { role as relay } from '#apps/relay';
import { role as scheduler } from '#apps/scheduler';
import { role as status } from '#apps/status';
import { role as thumbnails } from '#apps/thumbnails';
import { Access } from '#libs/access';
import { described } from '#libs/contract';
import type { Host, Infrastructure, Role } from '#libs/host';
import { platform } from '#libs/platform';
import { Module, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { description as labDescription } from '../status/lab/described.js';
import { LabController, Playground } from '../status/lab/lab-controller.js';
import { embed } from './embedded.js';
import { description } from './inbox/described.js';
import { InboxController } from './inbox/inbox.controller.js';
import { OPERATOR_GUARD } from './inbox/inbox.guard.js';
import { Inbox } from './inbox/inbox.js';

/** Every role of the shop, in one process. */
export const roles: readonly Role[] = [api, status, fulfilment, payments, thumbnails, notifications, jobs, scheduler, relay];

/** The platform of the roles, on what the host brings along itself. */
export async function shop(host: Host, fatal: (error: Error) => void): Promise<Infrastructure> {
  const own = await embed(host, fatal);
  Object.assign(host.settings, own.settings);
  try {
    const shared = await platform(host, { fatal });
    const operator = {
      provide: OPERATOR_GUARD,
      inject: [Access],
      useFactory: (access: Access): CanActivate => ({
        canActivate(context: ExecutionContext) {
          access.checkOperator(context.switchToHttp().getRequest<FastifyRequest>());
          return true;
        },
      }),
    };
    const inbox = {
      module: InboxModule,
      controllers: [InboxController],
      providers: [described(description), operator, { provide: Inbox, useValue: own.inbox }],
    };
    const lab = {
      module: LabModule,
      controllers: [LabController],
      providers: [described(labDescription), { provide: Playground, useValue: { world: own.playground } }],
    };
    return {
      modules: [...shared.modules, inbox, ...(own.playground ? [lab] : [])],
      async close() {
        await shared.close?.();
        await own.close();
      },
    };
  } catch (error) {
    await own.close();
    throw error;
  }
}

@Module({})
class InboxModule {}

@Module({})
class LabModule {}
