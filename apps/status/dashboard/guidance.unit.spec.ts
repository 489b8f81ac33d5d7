import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { readGuidance, rowsOf } from './guidance.js';

it('reads a table beneath its heading, with what stands in it', () => {
  const text = `# All\n\n## Triggers\n\n| The guidance | Here | Kept by |\n|---|---|---|\n| A *file* | [\`watch.ts\`](../apps/watch.ts): by \`name\` | a [test](../test/a.ts) |\n`;
  expect(rowsOf(text)).toEqual([
    {
      part: 'Triggers',
      says: [{ text: 'A ' }, { text: 'file' }],
      here: [{ text: 'watch.ts', code: true, to: 'apps/watch.ts' }, { text: ': by ' }, { text: 'name', code: true }],
      keptBy: [{ text: 'a ' }, { text: 'test', to: 'test/a.ts' }],
    },
  ]);
});

it('leaves out no row of docs/patterns.md, and each names a test that is there', () => {
  const rows = readGuidance();
  const lines = readFileSync('docs/patterns.md', 'utf8').split('\n');
  expect(rows).toHaveLength(lines.filter((line) => /^\| (?!The guidance)/.test(line)).length);
  expect(rows.length).toBeGreaterThan(50);
  for (const { says, here, keptBy } of rows) {
    const linked = [...here, ...keptBy].flatMap(({ to }) => to ?? []);
    expect(
      linked.filter((to) => !existsSync(to)),
      says[0]?.text,
    ).toEqual([]);
    expect(JSON.stringify([says, here, keptBy])).not.toMatch(/\]\(|\*\*/);
  }
});
