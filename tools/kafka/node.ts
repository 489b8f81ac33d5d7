import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { javaArguments } from './jvm.js';
import type { Places } from './places.js';
import { dyingWithUs } from '#tools/dying-with-us';
import { accepts } from '#tools/ports';
import { properties, type NodeSettings } from './properties.js';

export const clusterId = '5L6g3nShT-eMCtK--X86sw';

export interface KafkaNode {
  readonly id: number;
  readonly port: number;
  readonly controllerPort: number;
  /** Of the JVM now running, or of the last one. */
  readonly pid: number | undefined;
  /** Starts it on its old data and ports; resolves when its port is open. */
  start(): Promise<void>;
  /** Resolves when the process is gone; after 20 s it is killed. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

const directoryId = (): string => {
  for (;;) {
    const id = randomBytes(16).toString('base64url');
    if (!id.startsWith('-')) return id;
  }
};

/** A copy of the template is a formatted folder: StorageTool would cost two seconds a node. */
const format = (at: Places, { id, dir }: NodeSettings): void => {
  const data = path.join(dir, 'data');
  if (fs.existsSync(data)) return;
  fs.cpSync(at.template, data, { recursive: true });
  fs.writeFileSync(
    path.join(data, 'meta.properties'),
    `version=1\ncluster.id=${clusterId}\nnode.id=${id}\ndirectory.id=${directoryId()}\n`,
  );
};

export const kafkaNode = (at: Places, settings: NodeSettings, heap: string, jvm: readonly string[]): KafkaNode => {
  const { id, port, controllerPort, dir } = settings;
  const log = path.join(dir, 'broker.log');
  const config = path.join(dir, 'server.properties');
  format(at, settings);
  fs.writeFileSync(config, properties(settings));
  let child: ChildProcess | undefined;
  const ended = (): boolean => !child || child.exitCode !== null || child.signalCode !== null;

  const portOpen = async (): Promise<void> => {
    const end = Date.now() + 60_000;
    while (!(await accepts(port))) {
      if (ended()) throw new Error(`broker ${id} ended at start\n${fs.readFileSync(log, 'utf8').slice(-2000)}`);
      if (Date.now() > end) throw new Error(`broker ${id} did not open port ${port} within 60 s`);
      await sleep(20);
    }
  };

  return {
    id,
    port,
    controllerPort,
    get pid() {
      return child?.pid;
    },
    async start() {
      const out = fs.openSync(log, 'a');
      // A session of its own: Ctrl-C is its host's, who stops it when those who use it are gone.
      const started = spawn(...dyingWithUs(at.java, javaArguments(at, heap, ['-Xms64m', ...jvm], ['kafka.Kafka', config])), {
        detached: true,
        stdio: ['ignore', out, out],
      });
      child = started;
      fs.closeSync(out);
      // Where there is no setpriv, at least an orderly exit takes it along.
      const leave = (): void => void started.kill('SIGKILL');
      process.once('exit', leave);
      started.once('exit', () => process.off('exit', leave));
      await once(child, 'spawn');
      await portOpen();
    },
    async stop(signal = 'SIGTERM') {
      if (ended()) return;
      const gone = once(child!, 'exit');
      const impatience = setTimeout(() => child!.kill('SIGKILL'), 20_000);
      child!.kill(signal);
      await gone;
      clearTimeout(impatience);
    },
  };
};
