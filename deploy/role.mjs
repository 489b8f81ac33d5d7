// The entry of the image: its argument says as what the container runs.
import { existsSync, readdirSync } from 'node:fs';

const dist = new URL('../dist/', import.meta.url);
const mainOf = (folder) => new URL(`${folder}/main.js`, dist);
const mains = new Map(
  [...readdirSync(new URL('apps/', dist)).map((name) => `apps/${name}`), 'tools/migrate', 'tools/world']
    .filter((folder) => existsSync(mainOf(folder)))
    .map((folder) => [folder.slice(folder.indexOf('/') + 1), mainOf(folder)]),
);
const main = mains.get(process.argv[2]);
if (!main) {
  console.error(`Say as what to run: ${[...mains.keys()].join(', ')}.`);
  process.exit(1);
}
await import(main);
