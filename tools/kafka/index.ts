import { startCluster, type ClusterOptions, type KafkaCluster } from './cluster.js';
import { installKafka } from './install.js';
import type { Machine } from './places.js';

/** A real Kafka on loopback without Docker, installed if need be. It dies with this process. */
export const startKafka = async (options: ClusterOptions & Machine = {}): Promise<KafkaCluster> =>
  startCluster(await installKafka(options), options);

export { installKafka };
export { kafkaPossible, whyNoKafka } from './possible.js';
export type { ClusterOptions, KafkaCluster };
export type { KafkaNode } from './node.js';
export type { Machine };
