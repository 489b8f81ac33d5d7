import { setTimeout as sleep } from 'node:timers/promises';
import type { Admin } from 'kafkajs';
import type { Lag } from '../bus.js';

/** A coordinator that has only just come up refuses; kafkajs doesn't try again. 100 ms later it's fine. */
const committedOffsets = async (admin: Admin, groupId: string, topic: string): Promise<Map<number, bigint>> => {
  for (let tries = 1; ; tries++) {
    try {
      const [answer] = await admin.fetchOffsets({ groupId, topics: [topic] });
      return new Map((answer?.partitions ?? []).map(({ partition, offset }) => [partition, BigInt(offset)]));
    } catch (error) {
      if (tries === 20 || (error as { type?: string }).type !== 'NOT_COORDINATOR_FOR_GROUP') throw error;
      await sleep(100);
    }
  }
};

/**
 * Asked of the broker, so the same from every process, also when no member of the group is alive.
 *
 * The oldest news not yet handled: Kafka tells which offset a moment has, not which moment an offset has. So the moment is
 * searched for: twice as far back each time, then halved, to within an eighth or 250 ms. Some 2 × log2(age) questions of 1–2 ms; none
 * where the group is not behind. It is the age since publication.
 */
export const kafkaLag = async (admin: Admin, groupId: string, topic: string): Promise<Lag> => {
  const committed = await committedOffsets(admin, groupId, topic);
  const ends = await admin.fetchTopicOffsets(topic);
  const behind = new Map<number, bigint>();
  let messages = 0n;
  for (const { partition, low, high } of ends) {
    // −1: the group has never committed here, and will begin at the beginning. Below low: retention was faster than the group.
    const next = bigger(committed.get(partition) ?? -1n, BigInt(low));
    if (next >= BigInt(high)) continue;
    behind.set(partition, next);
    messages += BigInt(high) - next;
  }
  if (behind.size === 0) return { messages: 0, oldestSeconds: 0 };

  const now = Date.now();
  const anyOlderThan = async (ageMs: number): Promise<boolean> => {
    // The first offset at or after that moment lies behind the next one to be handled: then that one is from before it.
    const offsets = await admin.fetchTopicOffsetsByTimestamp(topic, now - ageMs);
    return offsets.some(({ partition, offset }) => BigInt(offset) > (behind.get(partition) ?? BigInt(offset)));
  };
  let from = 0;
  let to = 500;
  while (to < now && (await anyOlderThan(to))) [from, to] = [to, to * 2];
  while (to - from > Math.max(250, from / 8)) {
    const middle = (from + to) / 2;
    if (await anyOlderThan(Math.round(middle))) from = middle;
    else to = middle;
  }
  return { messages: Number(messages), oldestSeconds: (from + to) / 2000 };
};

const bigger = (a: bigint, b: bigint): bigint => (a > b ? a : b);
