// `npm run stack`: the shop as it runs in production, a process a role on PostgreSQL and Kafka, installed and built first where needed.
import './prepared.mjs';

await import('../dist/tools/stack/main.js');
