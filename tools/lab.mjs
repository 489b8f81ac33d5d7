// `npm run lab`: breaks the shop on purpose and checks that nothing was lost; installed and built first where needed.
import './prepared.mjs';

await import('../dist/tools/lab/main.js');
