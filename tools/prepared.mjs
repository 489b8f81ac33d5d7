// For what runs from `dist`: installs what is missing, builds what is stale. One sentence and exit 1 where that fails.
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
