import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';

const compose = readFileSync('docker-compose.yml', 'utf8');
const example = readFileSync('deploy/example.env', 'utf8');
const roles = readdirSync('apps').filter((name) => name !== 'backroom' && existsSync(`apps/${name}/main.ts`));

/** Of a service, by its indentation: no YAML parser is needed elsewhere. */
const service = (name: string): string => new RegExp(`^  ${name}:\\n((?: {4}.*\\n|\\n)*)`, 'm').exec(compose)?.[1] ?? '';

it.each(roles)('%s has a service, and its own login', (role) => {
  const password = `\${DATABASE_PASSWORD_${role.toUpperCase()}:-demo-${role}}`;
  expect(service(role)).toContain(`command: [${role}]`);
  expect(service(role)).toContain(`postgres://backroom_${role}:${password}@postgres/backroom`);
  expect(service('migrate')).toContain(`DATABASE_PASSWORD_${role.toUpperCase()}: ${password}`);
});

it('leaves the private key of cards to payments alone', () => {
  expect(roles.filter((role) => service(role).includes('payment-keys:'))).toEqual(['payments']);
});

it('names all it takes from outside in example.env', () => {
  const taken = new Set([...compose.matchAll(/\$\{([A-Z_]+)/g)].map(([, name]) => name!));
  expect([...example.matchAll(/^([A-Z_]+)=/gm)].map(([, name]) => name!).toSorted()).toEqual([...taken].toSorted());
});

it('gives the image’s build each file that another of it imports', () => {
  const given = new Set(
    ['apps', 'libs', 'tools'].flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .filter((name) => /(?<!\.spec|\.fixture)\.ts$/.test(name))
        .map((name) => path.resolve(folder, name)),
    ),
  );
  // As .dockerignore has it.
  const ignored = readFileSync('.dockerignore', 'utf8').split('\n');
  expect(ignored).toEqual(expect.arrayContaining(['*', '!apps', '!libs', '!tools', '**/*.spec.ts', '**/*.fixture.ts']));
  const lacking = [...given].flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/(?:from|import\() ?'(\.[^']+)\.js'/g)]
      .map(([, to]) => path.resolve(path.dirname(file), `${to}.ts`))
      .filter((to) => !given.has(to))
      .map((to) => `${path.relative('.', file)} imports ${path.relative('.', to)}`),
  );
  expect(given.size).toBeGreaterThan(200);
  expect(lacking).toEqual([]);
});
