// `npm run bench`: measures the shop against peers written plainly; installed and built first where needed.
import './prepared.mjs';

await import('../dist/bench/main.js');
