import { backroom } from './run.js';

const interrupted = new AbortController();
// The second one ends it whatever it does.
process.once('SIGINT', () => interrupted.abort());
process.exitCode = await backroom(process.argv.slice(2), process.env, {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  moves: process.stderr.isTTY,
  interrupted: interrupted.signal,
});
