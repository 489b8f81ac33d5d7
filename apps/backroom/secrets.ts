import { makeFile, SettingsError } from '#libs/host';
import { createHmac, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';

export interface Secrets {
  readonly accessKey: string;
  readonly operatorToken: string;
  readonly webhookSecret: string;
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
  const made = { accessKey: randomBytes(32).toString('base64url'), operatorToken: randomBytes(24).toString('base64url') };
  await makeFile(file, JSON.stringify(made)).catch(({ code }: NodeJS.ErrnoException) => {
    throw new SettingsError(`${file} cannot be written (${code}): set DATA_DIR to a folder of yours.`);
  });
  return parse(file, await readFile(file, 'utf8'));
}

function parse(file: string, text: string): Secrets {
  try {
    const { accessKey, operatorToken } = JSON.parse(text) as Record<string, unknown>;
    // Made of the first rather than kept as a third: a file of an earlier build has but two.
    if (typeof accessKey === 'string' && typeof operatorToken === 'string')
      return { accessKey, operatorToken, webhookSecret: createHmac('sha256', accessKey).update('webhooks').digest('base64url') };
  } catch {
    // Told below.
  }
  throw new SettingsError(`${file} is damaged: put it back from a backup, or delete it, and with it the validity of every link given out.`);
}
