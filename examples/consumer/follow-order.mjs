// Follows one order on Kafka until it has ended. Written from /asyncapi.json alone: it knows nothing else of the shop.
//   node follow-order.mjs <brokers> <order id>
import kafkajs from 'kafkajs';

const [brokers, id] = process.argv.slice(2);
if (!brokers || !id) {
  console.error('node follow-order.mjs <host:port,host:port> <order id>');
  process.exit(2);
}
const stream = `order:${id}`;
const ends = ['OrderCompleted', 'OrderCancelled', 'OrderFailed'];

// At least once and in any order: what has come too early waits here until those before it have come.
const early = new Map();
let next = 1;

/** @returns whether the order has ended */
function tell(version, event) {
  if (version < next) return false;
  early.set(version, event);
  for (; early.has(next); next += 1) {
    const { type, time, data } = early.get(next);
    early.delete(next);
    console.log(`${next} ${time} ${type} ${JSON.stringify(data)}`);
    if (ends.includes(type)) return true;
  }
  return false;
}

const kafka = new kafkajs.Kafka({ brokers: brokers.split(','), clientId: 'follow-order', logLevel: kafkajs.logLevel.ERROR });
// A group of its own, which nobody else shares.
const consumer = kafka.consumer({ groupId: `follow-order-${crypto.randomUUID()}` });
await consumer.connect();
// An order stays on the topic of its lane, and we do not know which that is.
await consumer.subscribe({ topics: ['orders', 'orders.express', 'orders.bulk'], fromBeginning: true });

await new Promise((ended, failed) => {
  consumer.on(consumer.events.CRASH, ({ payload }) => failed(payload.error));
  consumer
    .run({
      async eachMessage({ message: { key, headers, value } }) {
        if (key?.toString() !== stream) return;
        const header = (name) => headers[name].toString();
        const event = { type: header('ce_type'), time: header('ce_time'), data: JSON.parse(value.toString()) };
        if (tell(Number(header('ce_streamversion')), event)) ended();
      },
    })
    .catch(failed);
});
await consumer.disconnect();
