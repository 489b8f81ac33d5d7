// Makes apps/notifications/emails/*.html.ts from the *.mjml beside them: MJML takes some 9 ms a mail, filling in its result 0.3 ms.
// The result is committed, as a TypeScript module so that the compiler carries it along into dist.
// `--check` writes nothing and exits with 1 where a module is out of date.
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import mjml2html from 'mjml';

const folder = fileURLToPath(new URL('../../apps/notifications/emails/', import.meta.url));
const check = process.argv.includes('--check');

for (const name of (await readdir(folder)).filter((file) => file.endsWith('.mjml')).sort()) {
  const template = await readFile(join(folder, name), 'utf8');
  const { html } = await mjml2html(template, {
    filePath: join(folder, name),
    ignoreIncludes: false,
    validationLevel: 'strict',
    fonts: {}, // nothing is fetched when a mail is opened
  });
  const target = join(folder, name.replace(/\.mjml$/, '.html.ts'));
  const module = `// Made from ${name} by tools/emails/compile.mjs.\nexport default ${literal(html)};\n`;
  if (module === (await readFile(target, 'utf8').catch(() => ''))) continue;
  if (check) {
    console.error(`${target} is out of date: run \`node tools/emails/compile.mjs\``);
    process.exitCode = 1;
  } else {
    await writeFile(target, module);
    console.log(target);
  }
}

/** A template literal, so that a change shows as a line in a diff. */
function literal(text) {
  const lines = text.split('\n').map((line) => line.trimEnd());
  return (
    '`' +
    lines
      .join('\n')
      .trim()
      .replace(/[\\`]|\$\{/g, '\\$&') +
    '\\n`'
  );
}
