import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import type { Binaries } from './binaries.js';
import { spawnPostgres } from './spawn.js';
import type { User } from './user.js';

const half = 'data.half-made-';

/**
 * Makes the data folder where there is none. It is made under another name and renamed at the end: what a killed initdb leaves is
 * never taken for a database, and swept by the next start.
 */
export const initialise = async (
  dir: string,
  { initdb }: Binaries,
  user: User | undefined,
  password: string,
  durable: boolean,
): Promise<void> => {
  for (const name of fs.readdirSync(dir)) if (name.startsWith(half)) fs.rmSync(path.join(dir, name), { recursive: true, force: true });
  const data = path.join(dir, 'data');
  if (fs.existsSync(path.join(data, 'PG_VERSION'))) return;

  const making = path.join(dir, half + randomBytes(6).toString('hex'));
  const passwordFile = `${making}.password`;
  fs.mkdirSync(making, { mode: 0o700 });
  fs.writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
  if (user) for (const target of [making, passwordFile]) fs.chownSync(target, user.uid, user.gid);
  try {
    const child = spawnPostgres(
      initdb,
      [
        `--pgdata=${making}`,
        '--username=postgres',
        `--pwfile=${passwordFile}`,
        '--auth=scram-sha-256',
        '--encoding=UTF8',
        '--no-locale',
        '--no-instructions',
        ...(durable ? [] : ['--no-sync']),
      ],
      { user, signal: 'KILL', reach: [passwordFile] },
    );
    let said = '';
    for (const out of [child.stdout!, child.stderr!]) out.on('data', (text: Buffer) => (said += text.toString()));
    const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
    if (code !== 0) throw new Error(`initdb ended with ${signal ?? code}:\n${said.trim().split('\n').slice(-10).join('\n')}`);
    fs.renameSync(making, data);
  } finally {
    fs.rmSync(passwordFile, { force: true });
    fs.rmSync(making, { recursive: true, force: true });
  }
};
