// One sentence instead of a syntax error deep in a package.
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`Backroom needs Node 20.19 or newer (24 is recommended); this is ${process.versions.node}.`);
  process.exit(1);
}
