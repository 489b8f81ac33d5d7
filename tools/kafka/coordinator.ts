import kafkajs from 'kafkajs';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Waits until a broker answers and coordinates groups. A new one makes the topic for it when first asked, which takes seconds; consumers that
 * come before fill the log with errors, and kafkajs takes some of them for final.
 * @throws {Error} a sentence if there is none in time
 */
export async function untilCoordinated(brokers: readonly string[], withinMs = 30_000): Promise<void> {
  const end = Date.now() + withinMs;
  let answered = false;
  for (;;) {
    // A new one each time: after a connection that failed, kafkajs' own next tries come ever later. Without any of them it never learns of a broker.
    const client = new kafkajs.Kafka({
      brokers: [...brokers],
      clientId: 'set-up',
      connectionTimeout: Math.max(100, Math.min(3_000, end - Date.now())),
      retry: { retries: 3, initialRetryTime: 50, maxRetryTime: 300 },
      logLevel: kafkajs.logLevel.NOTHING,
    });
    const admin = client.admin();
    try {
      await admin.connect();
      answered = true;
      await admin.describeGroups(['set-up']);
      return;
    } catch (error) {
      if (Date.now() > end)
        throw new Error(answered ? 'Kafka has no coordinator of groups.' : `No Kafka answered within ${withinMs / 1000} s.`, {
          cause: error,
        });
    } finally {
      await admin.disconnect().catch(() => {});
    }
    await sleep(100);
  }
}
