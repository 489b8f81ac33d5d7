import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

test('the HTML is what MJML makes of the templates', async () => {
  const compiling = promisify(execFile)(process.execPath, ['tools/emails/compile.mjs', '--check']);
  await expect(compiling).resolves.toMatchObject({ stderr: '' });
});
