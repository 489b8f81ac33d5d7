import { ProblemsController, type Role } from '#libs/host';
import { Module } from '@nestjs/common';
import { GatewayController } from './gateway-controller.js';
import { OrdersController } from './orders-controller.js';
import { Projection } from './projection.js';
import { StreamEars } from './stream-ears.js';

@Module({ controllers: [OrdersController, GatewayController, ProblemsController], providers: [StreamEars, Projection] })
class StatusModule {}

export const role: Role = { name: 'status', port: 3001, module: StatusModule };
