import { run } from './run.js';

class Nothing {}

await run([{ name: 'relay', port: 0, module: { module: Nothing } }]);
if (process.env.THEN === 'throw')
  setImmediate(() => {
    throw new Error('nobody caught me');
  });
if (process.env.THEN === 'reject') void Promise.reject(new Error('nobody caught me'));
