// `npm run stack`: the shop as it runs in production, a process a role on PostgreSQL and Kafka, installed and built first where needed.
import './node-version.mjs';

try {
  const { install, root } = await import('./install.mjs');
  const { build } = await import('./build.mjs');
  process.chdir(root);
  await install();
  await build();
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
process.setSourceMapsEnabled(true);
await import('../dist/tools/stack/main.js');
