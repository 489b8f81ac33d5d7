import path from 'node:path';

export interface NodeSettings {
  readonly id: number;
  readonly port: number;
  readonly controllerPort: number;
  readonly dir: string;
  /** How many nodes the cluster has. */
  readonly nodes: number;
  /** `id@host:port`, of every controller, with commas between. */
  readonly voters: string;
  /** Kafka's own settings by name; they win over ours. A proxy before the broker: `advertised.listeners`. */
  readonly extra?: Readonly<Record<string, string | number | boolean>>;
}

/** server.properties of a node that is broker and controller in one JVM, made for tests: quick to start, small, short sessions. */
export const properties = ({ id, port, controllerPort, dir, nodes, voters, extra }: NodeSettings): string => {
  const replicas = Math.min(3, nodes);
  const minIsr = nodes >= 3 ? 2 : 1;
  const all = {
    'process.roles': 'broker,controller',
    'node.id': id,
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    'controller.quorum.voters': voters,
    'log.dirs': path.join(dir, 'data'),
    'auto.create.topics.enable': false,
    'default.replication.factor': replicas,
    'min.insync.replicas': minIsr,
    'offsets.topic.num.partitions': 4,
    'offsets.topic.replication.factor': replicas,
    'transaction.state.log.num.partitions': 1,
    'transaction.state.log.replication.factor': replicas,
    'transaction.state.log.min.isr': minIsr,
    'share.coordinator.state.topic.num.partitions': 1,
    'share.coordinator.state.topic.replication.factor': replicas,
    'share.coordinator.state.topic.min.isr': minIsr,
    // No 3 s wait at a group's first join; sessions below the default minimum of 6 s.
    'group.initial.rebalance.delay.ms': 0,
    'group.min.session.timeout.ms': 1000,
    // A killed broker may not come back before its old session has run out (default 9 s).
    'broker.session.timeout.ms': nodes === 1 ? 2000 : 3000,
    'broker.heartbeat.interval.ms': nodes === 1 ? 300 : 500,
    // Small: the cleaner's buffer alone is 128 MiB of heap by default.
    'log.cleaner.dedupe.buffer.size': 2_097_152,
    'log.cleaner.io.buffer.size': 65_536,
    'offsets.load.buffer.size': 262_144,
    'transaction.state.log.load.buffer.size': 262_144,
    'share.coordinator.load.buffer.size': 262_144,
    'log.index.size.max.bytes': 1_048_576,
    'num.network.threads': 1,
    'num.io.threads': 2,
    'background.threads': 2,
    ...extra,
  };
  return Object.entries(all)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
};
