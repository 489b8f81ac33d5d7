import { All, Controller, Module } from '@nestjs/common';
import { problem } from './problem.js';

@Controller()
class FrozenController {
  @All('*')
  refuse(): never {
    throw problem('unavailable', { detail: 'This service is frozen: it takes no work.', headers: { 'retry-after': '30' } });
  }
}

/** Stands in for the module of a role that is frozen: nothing of the role is run, so that a broken one can be swapped in peace. */
@Module({ controllers: [FrozenController] })
export class FrozenModule {}
