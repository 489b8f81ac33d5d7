// `npm start`: the whole shop in this process, installed and built first where that is needed.
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
// Not a child: signals to this process are the host's, and there is no second one to be left behind.
process.setSourceMapsEnabled(true);
await import('../dist/apps/backroom/main.js');
