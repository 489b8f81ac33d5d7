import { dyingWithUs } from '#tools/dying-with-us';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export interface Child {
  readonly pid: number;
  readonly url: string;
  send(message: string | object): void;
  /** The next message it sends. */
  next<T>(): Promise<T>;
  on(heard: (message: unknown) => void): void;
  /** Safe to call twice. */
  stop(): Promise<void>;
}

/** Where `--profile DIR` wants a CPU profile of each process that is measured. */
let profileIn: string | undefined;
export const profile = (dir: string): void => {
  mkdirSync(dir, { recursive: true });
  profileIn = dir;
};

/** As `npm start` and `npm run stack` have it: at V8's own 16 MB a busy shop spends a seventh of its CPU on moving what is still in use. */
const youngHeap = '--max-semi-space-size=32';

/**
 * A compiled program as a process of its own, ready to be asked: it has sent `{ url }`, or its log has said `ready` with one.
 * @throws {Error} with what it said, if it ends instead
 */
export async function startChild(file: string, env: Readonly<Record<string, string>>): Promise<Child> {
  const program = fileURLToPath(new URL(`../../${file}`, import.meta.url));
  const args = ['--max-old-space-size=1024', youngHeap, ...(profileIn ? ['--cpu-prof', `--cpu-prof-dir=${profileIn}`] : []), program];
  const child = spawn(...dyingWithUs(process.execPath, args), {
    env: { PATH: process.env.PATH, NODE_ENV: 'production', LOG_LEVEL: 'info', ...env },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const said: string[] = [];
  let tell: (url: string) => void = () => {};
  const told = new Promise<string>((resolve) => (tell = resolve));
  for (const out of [child.stdout!, child.stderr!])
    out.on('data', (text: Buffer) => {
      said.push(text.toString());
      said.splice(0, said.length - 20);
      const url = /"url":"([^"]+)".*"msg":"ready"/.exec(text.toString())?.[1];
      if (url) tell(url);
    });
  child.once('message', (message: { url?: string }) => message.url && tell(message.url));
  const ended = once(child, 'exit').then(() => {
    throw new Error(`${file} ended (${child.signalCode ?? child.exitCode}):\n${said.join('')}`);
  });
  // Looked at only until it is ready.
  ended.catch(() => {});
  const url = await Promise.race([told, ended]);
  let stopping: Promise<void> | undefined;
  return {
    pid: child.pid!,
    url,
    send: (message) => void child.send(message),
    next: async <T>() => (await once(child, 'message'))[0] as T,
    on: (heard) => void child.on('message', heard),
    stop: () => (stopping ??= stop(child, file, said)),
  };
}

async function stop(child: ChildProcess, file: string, said: readonly string[]): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) throw new Error(`${file} had ended before its time:\n${said.join('')}`);
  const gone = once(child, 'exit');
  const impatience = setTimeout(() => child.kill('SIGKILL'), 15_000);
  child.kill('SIGTERM');
  await gone;
  clearTimeout(impatience);
}
