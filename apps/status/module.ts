import { described, DocumentsModule } from '#libs/contract';
import { ProblemsController } from '#libs/host';
import { photoObjects } from '#libs/role';
import { Module } from '@nestjs/common';
import { AccountsController } from './accounts/accounts-controller.js';
import { DashboardController } from './dashboard/dashboard-controller.js';
import { Feed } from './dashboard/feed.js';
import { PageController } from './dashboard/page-controller.js';
import { description } from './described.js';
import { DeadLettersController } from './dead-letters/dead-letters-controller.js';
import { FileUnread } from './dead-letters/file-unread.js';
import { FiguresController } from './figures/figures-controller.js';
import { Follow } from './follow.js';
import { GatewayController } from './gateway-controller.js';
import { JobRunsController } from './jobs/job-runs-controller.js';
import { JobsController } from './jobs/jobs-controller.js';
import { OrderListController } from './order-list-controller.js';
import { OrdersController } from './orders-controller.js';
import { PhotosController } from './photos-controller.js';
import { Projection } from './projection.js';
import { WorkersController } from './workers/workers-controller.js';
import { StreamEars } from './stream-ears.js';

@Module({
  imports: [DocumentsModule],
  controllers: [
    PageController,
    DashboardController,
    OrderListController,
    OrdersController,
    PhotosController,
    AccountsController,
    GatewayController,
    FiguresController,
    DeadLettersController,
    JobsController,
    JobRunsController,
    WorkersController,
    ProblemsController,
  ],
  providers: [described(description), photoObjects, StreamEars, Follow, Feed, Projection, FileUnread],
})
export class StatusModule {}
