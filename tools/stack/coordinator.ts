import kafkajs from 'kafkajs';
import { setTimeout as sleep } from 'node:timers/promises';

const withinMs = 30_000;

/**
 * Waits until a broker coordinates groups. A new one makes the topic for it when first asked, which takes seconds; consumers that come
 * before fill the log with errors, and kafkajs takes some of them for final.
 * @throws {Error} if there is none after half a minute
 */
export async function untilCoordinated(brokers: readonly string[]): Promise<void> {
  const admin = new kafkajs.Kafka({ brokers: [...brokers], clientId: 'stack', logLevel: kafkajs.logLevel.NOTHING }).admin();
  const end = Date.now() + withinMs;
  try {
    await admin.connect();
    for (;;) {
      try {
        await admin.describeGroups(['stack']);
        return;
      } catch (error) {
        if (Date.now() > end) throw new Error('Kafka has no coordinator of groups.', { cause: error });
      }
      await sleep(100);
    }
  } finally {
    await admin.disconnect();
  }
}
