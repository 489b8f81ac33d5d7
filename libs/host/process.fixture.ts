import { run } from './run.js';

class Broken {
  constructor() {
    if (process.env.THEN === 'die') process.kill(process.pid, 'SIGKILL');
  }
}

await run([{ name: 'relay', port: 0, module: { module: Broken } }], {
  version: process.env.VERSION,
  freezing: { after: 1, firstMs: 60_000, maxMs: 60_000 },
});
if (process.env.THEN === 'throw')
  setImmediate(() => {
    throw new Error('nobody caught me');
  });
if (process.env.THEN === 'reject') void Promise.reject(new Error('nobody caught me'));
