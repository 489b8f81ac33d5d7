// `npm start` and `npm test` in two terminals must not install or build into the same folder at once.
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const root = path.resolve(import.meta.dirname, '..');

// Longer than any of this takes: after it, the number in the lock is somebody else's.
const staleMs = 15 * 60_000;

const holderOf = (file) => {
  try {
    const pid = Number(fs.readFileSync(file, 'utf8'));
    // In a container, the next start has the killed one's number.
    if (pid === process.pid || Date.now() - fs.statSync(file).mtimeMs > staleMs) return undefined;
    process.kill(pid, 0);
    return pid;
  } catch (error) {
    return error.code === 'EPERM' ? 'of another user' : undefined;
  }
};

/**
 * Runs `work` while no other process does so under the same name; waits for it otherwise. A killed process' lock counts as none.
 * @template T
 * @param {string} name
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function alone(name, work) {
  const file = path.join(root, `.${name}.lock`);
  const mine = `${file}.${process.pid}`;
  fs.writeFileSync(mine, String(process.pid));
  const release = () => fs.rmSync(file, { force: true });
  try {
    for (let told = false; ; await sleep(200)) {
      try {
        // A link appears with its content: nobody reads an empty lock.
        fs.linkSync(mine, file);
        break;
      } catch (error) {
        if (error.code !== 'EEXIST') throw error;
      }
      const holder = holderOf(file);
      if (holder === undefined) release();
      else if (!told) {
        told = true;
        console.error(`Waiting for another process (${holder}) that is at it: ${name}`);
      }
    }
  } finally {
    fs.rmSync(mine, { force: true });
  }
  process.once('exit', release);
  try {
    return await work();
  } finally {
    process.off('exit', release);
    release();
  }
}
