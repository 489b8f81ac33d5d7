import { deadLetterTopic, ensureTopics } from '#libs/bus';
import { topics } from '#libs/platform';
import { Database, tellAll, type Told } from '#libs/store';
import kafkajs, { type Admin } from 'kafkajs';
import { setTimeout as sleep } from 'node:timers/promises';

/** One that was killed or frozen is a member until its session ends, after 6 s. */
const leftWithinMs = 20_000;

/**
 * Deletes all topics of the shop, and with them what its groups have committed; makes them anew, and has all streams told of again, as `backroom
 * republish` does.
 */
export async function wipeKafka({ databaseUrl, brokers }: { databaseUrl: string; brokers: readonly string[] }): Promise<Told> {
  const admin = new kafkajs.Kafka({ brokers: [...brokers], clientId: 'stack', logLevel: kafkajs.logLevel.NOTHING }).admin();
  try {
    await admin.connect();
    const there = await admin.listTopics();
    const ours = [...topics().map(({ name }) => name), deadLetterTopic].filter((name) => there.includes(name));
    await admin.deleteTopics({ topics: ours });
    await untilLeft(admin);
  } finally {
    await admin.disconnect();
  }
  await ensureTopics({ brokers, clientId: 'stack' }, topics());
  const db = new Database({ url: databaseUrl, role: 'backroom_status', connections: 2 });
  try {
    const { streams, news } = await tellAll(db);
    return { streams, news };
  } finally {
    await db.close();
  }
}

/**
 * Until no group has a member, or for so long: who is still at a batch of a topic that is made anew under it goes on from where it was in the old
 * one, and does not hear what comes before.
 */
async function untilLeft(admin: Admin): Promise<void> {
  for (const end = Date.now() + leftWithinMs; Date.now() < end; await sleep(200)) {
    const { groups } = await admin.listGroups();
    const described = await admin.describeGroups(groups.map(({ groupId }) => groupId)).catch(() => undefined);
    if (described?.groups.every(({ members }) => members.length === 0)) return;
  }
}
