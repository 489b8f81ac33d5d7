import { SettingsError } from '#libs/host';
import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';

export interface Secrets {
  readonly accessKey: string;
  readonly operatorToken: string;
}

/**
 * Made once, and then kept: readable by their owner only.
 * @throws {SettingsError} if the file can be neither read nor written
 */
export async function secretsIn(file: string): Promise<Secrets> {
  const kept = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw new SettingsError(`${file} cannot be read (${error.code}).`);
  });
  if (kept) return JSON.parse(kept) as Secrets;
  const secrets = { accessKey: randomBytes(32).toString('base64url'), operatorToken: randomBytes(24).toString('base64url') };
  await writeFile(file, JSON.stringify(secrets), { mode: 0o600, flag: 'wx', flush: true }).catch((error: NodeJS.ErrnoException) => {
    throw new SettingsError(`${file} cannot be written (${error.code}): set DATA_DIR to a folder of yours.`);
  });
  return secrets;
}
