import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { sharedArchive } from './jvm.js';
import { kafkaNode, type KafkaNode } from './node.js';
import type { Places } from './places.js';
import { freePort } from '#tools/ports';
import type { NodeSettings } from './properties.js';

export interface KafkaCluster {
  readonly brokers: readonly string[];
  readonly nodes: readonly KafkaNode[];
  readonly dir: string;
  /** SIGTERM takes 0.5 s for one node, 5–7 s for three at once: kill throw-away clusters with SIGKILL. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

export interface ClusterOptions {
  /** 1 or 3. */
  readonly nodes?: number;
  /** The same folder: the same data, the same ports. Default: a new one among the temporary files. */
  readonly dir?: string;
  /** Of each JVM; default 192m. */
  readonly heap?: string;
  readonly extra?: NodeSettings['extra'];
}

interface Saved {
  readonly nodes: readonly { readonly port: number; readonly controllerPort: number }[];
}

export const startCluster = async (
  at: Places,
  { nodes = 1, dir: wanted, heap = '192m', extra }: ClusterOptions,
  jvm: readonly string[] = sharedArchive(at),
): Promise<KafkaCluster> => {
  const dir = path.resolve(wanted ?? fs.mkdtempSync(path.join(os.tmpdir(), 'kafka-')));
  fs.mkdirSync(dir, { recursive: true });
  const file = path.join(dir, 'kafka.json');
  const before: Saved | undefined = fs.existsSync(file) ? (JSON.parse(fs.readFileSync(file, 'utf8')) as Saved) : undefined;
  const seats = [];
  for (let i = 0; i < nodes; i++) {
    const known = before?.nodes[i];
    const port = known?.port ?? (await freePort());
    seats.push({ id: i + 1, port, controllerPort: known?.controllerPort ?? (await freePort()), dir: path.join(dir, `node-${i + 1}`) });
  }
  const voters = seats.map((seat) => `${seat.id}@127.0.0.1:${seat.controllerPort}`).join(',');
  const list = seats.map((seat) => kafkaNode(at, { ...seat, nodes, voters, extra }, heap, jvm));
  const brokers = seats.map((seat) => `127.0.0.1:${seat.port}`);
  const stop = async (signal?: NodeJS.Signals): Promise<void> => {
    await Promise.all(list.map((node) => node.stop(signal)));
  };
  try {
    await Promise.all(list.map((node) => node.start()));
  } catch (error) {
    await stop('SIGKILL');
    throw error;
  }
  const saved = { brokers, nodes: list.map(({ id, port, controllerPort, pid }) => ({ id, port, controllerPort, pid })) };
  fs.writeFileSync(file, JSON.stringify(saved, null, 2));
  return { brokers, nodes: list, dir, stop };
};
