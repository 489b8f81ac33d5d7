// A process as small as one can be: a slow answer, a task that fails and one that does not.
import { Controller, Get, Module } from '@nestjs/common';
import { writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Health } from './health.js';
import { Log } from './log.js';
import { run } from './run.js';
import { supervise, type Task } from './supervise.js';

let begun = 0;
process.on('exit', () => process.env.COUNT && writeSync(1, `${JSON.stringify({ msg: 'begun', begun })}\n`));

@Controller()
class Slow {
  @Get('slow')
  async slow() {
    begun += 1;
    await sleep(30);
    return 'done';
  }
}

class Tasks {
  constructor(log: Log, health: Health) {
    if (process.env.THEN === 'die') process.kill(process.pid, 'SIGKILL');
    else if (process.env.THEN) health.whenReady(() => begin(log));
  }
}

/** One fails again and again; the other goes on, until it meets with an error that nobody catches. */
function begin(log: Log): void {
  let failures = 0;
  const failing: Task = async () => {
    failures += 1;
    throw new Error('not this time');
  };
  const steady: Task = async (signal) => {
    while (failures < 3) await sleep(1);
    log.info('steady goes on');
    if (process.env.THEN === 'reject') void Promise.reject(new Error('nobody caught me'));
    else
      setImmediate(() => {
        throw new Error('nobody caught me');
      });
    await sleep(60_000, undefined, { signal });
  };
  for (const [name, task] of Object.entries({ failing, steady })) supervise(name, task, { log, firstPauseMs: 1, longestPauseMs: 10 });
}

@Module({
  controllers: [Slow],
  providers: [{ provide: Tasks, useFactory: (log: Log, health: Health) => new Tasks(log, health), inject: [Log, Health] }],
})
class Fixture {}

await run([{ name: 'relay', port: 0, module: async () => Fixture }], {
  version: process.env.VERSION,
  freezing: { after: 1, firstMs: 60_000, maxMs: 60_000 },
});
