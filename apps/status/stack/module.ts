import { described } from '#libs/contract';
import type { Settings } from '#libs/host';
import { Module, type DynamicModule } from '@nestjs/common';
import { description as labDescription } from '../lab/described.js';
import { LabController, Playground } from '../lab/lab-controller.js';
import { poolsDescription, processesDescription } from './described.js';
import { PoolsController } from './pools-controller.js';
import { ProcessesController } from './processes-controller.js';
import { Stack } from './stack.js';

/** What the status service can do beside a stack: scale it; and, where the stack says so by LAB, break it. */
export function stackModules({ STACK_URL, WORLD_URL, LAB, NODE_ENV }: Settings): DynamicModule[] {
  if (!STACK_URL || NODE_ENV === 'production') return [];
  const stack = new Stack(STACK_URL);
  const provided = { provide: Stack, useValue: stack };
  const pools = { module: PoolsModule, controllers: [PoolsController], providers: [provided, described(poolsDescription)] };
  if (!LAB || !WORLD_URL) return [pools];
  const lab = {
    module: LabModule,
    controllers: [LabController],
    providers: [{ provide: Playground, useValue: { world: WORLD_URL, stack } }, described(labDescription)],
  };
  const processes = { module: ProcessesModule, controllers: [ProcessesController], providers: [provided, described(processesDescription)] };
  return [pools, lab, processes];
}

@Module({})
class PoolsModule {}

@Module({})
class LabModule {}

@Module({})
class ProcessesModule {}
