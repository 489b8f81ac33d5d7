import { Bus, lanes, topicOf, type Subscription } from '#libs/bus';
import { ProblemsController, type Role } from '#libs/host';
import { Database } from '#libs/store';
import { Injectable, Module, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { GatewayController } from './gateway-controller.js';
import { project } from './order-status.js';
import { OrdersController } from './orders-controller.js';
import { StreamEars } from './stream-ears.js';

/** Keeps the picture of each order. Its row's version is its bookmark: what comes twice or late changes nothing. */
@Injectable()
class Projection implements OnModuleInit, BeforeApplicationShutdown {
  private heard: Subscription[] = [];

  constructor(
    private readonly bus: Bus,
    private readonly db: Database,
  ) {}

  onModuleInit(): void {
    this.heard = lanes.map((lane) =>
      this.bus.subscribe('status', topicOf('orders', lane), (news) => project(this.db, [...new Set(news.map(({ stream }) => stream))])),
    );
  }

  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all(this.heard.map((one) => one.close()));
  }
}

@Module({ controllers: [OrdersController, GatewayController, ProblemsController], providers: [StreamEars, Projection] })
class StatusModule {}

export const role: Role = { name: 'status', port: 3001, module: StatusModule };
