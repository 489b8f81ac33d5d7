import { SettingsError } from '#libs/host';
import { randomBytes } from 'node:crypto';
import { link, readFile, rm, writeFile } from 'node:fs/promises';

export interface Secrets {
  readonly accessKey: string;
  readonly operatorToken: string;
}

/**
 * Made once, and then kept: readable by their owner only.
 * @throws {SettingsError} if the file can be neither read nor written, or holds something else
 */
export async function secretsIn(file: string): Promise<Secrets> {
  const kept = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw new SettingsError(`${file} cannot be read (${error.code}).`);
  });
  if (kept !== undefined) return parse(file, kept);
  const secrets = { accessKey: randomBytes(32).toString('base64url'), operatorToken: randomBytes(24).toString('base64url') };
  // Linked when whole: a host killed here leaves no half file, and of two at once one wins.
  const half = `${file}.${randomBytes(6).toString('hex')}`;
  try {
    await writeFile(half, JSON.stringify(secrets), { mode: 0o600, flush: true });
    await link(half, file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EEXIST') throw new SettingsError(`${file} cannot be written (${code}): set DATA_DIR to a folder of yours.`);
  } finally {
    await rm(half, { force: true });
  }
  return parse(file, await readFile(file, 'utf8'));
}

function parse(file: string, text: string): Secrets {
  try {
    const { accessKey, operatorToken } = JSON.parse(text) as Record<string, unknown>;
    if (typeof accessKey === 'string' && typeof operatorToken === 'string') return { accessKey, operatorToken };
  } catch {
    // Told below.
  }
  throw new SettingsError(`${file} is damaged: put it back from a backup, or delete it, and with it the validity of every link given out.`);
}
