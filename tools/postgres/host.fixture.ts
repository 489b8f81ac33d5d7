// A host that does nothing but run a database: the spec kills it. Says `{ url, pid }`, stops at SIGTERM.
import { startPostgres } from './index.js';

const dir = process.argv[2];
const { url, pid, stop } = await startPostgres({ dir: dir! });
process.on('SIGTERM', () => void stop().then(() => process.exit(0)));
// Deaf to Ctrl-C, like a host that is still draining.
process.on('SIGINT', () => console.log('draining'));
console.log(JSON.stringify({ url, pid }));
