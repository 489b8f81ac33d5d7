import { parseArgs } from 'node:util';
import { installKafka, startKafka, whyNoKafka } from '#tools/kafka';

const usage = `usage: kafka install | up [--nodes 1|3] [--dir D] [--heap 192m] [--java JAVA] [--cache DIR]
  install   the jars, once a machine
  up        runs until SIGTERM; D/kafka.json holds brokers and pids; the same D is the same data on the same ports`;

const string = { type: 'string' } as const;
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { nodes: string, dir: string, heap: string, java: string, cache: string },
});
const command = positionals[0];
const began = Date.now();

if (command !== 'install' && command !== 'up') {
  console.error(usage);
  process.exit(2);
}
const why = whyNoKafka(values);
if (why) {
  console.error(why);
  process.exit(1);
}
if (command === 'install') {
  const { home } = await installKafka(values);
  console.log(`${home} ready in ${Date.now() - began} ms`);
} else {
  const { nodes, ...rest } = values;
  const cluster = await startKafka({ ...rest, ...(nodes ? { nodes: Number(nodes) } : {}) });
  console.log(`KAFKA_BROKERS=${cluster.brokers.join(',')} dir=${cluster.dir} up in ${Date.now() - began} ms`);
  const end = (): void => void cluster.stop().then(() => process.exit(0));
  process.once('SIGTERM', end).once('SIGINT', end);
}
