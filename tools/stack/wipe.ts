import { deadLetterTopic, ensureTopics, type Topic } from '#libs/bus';
import { topics } from '#libs/platform';
import { Database, tellAll, type Told } from '#libs/store';
import kafkajs, { type Admin, type MemberDescription } from 'kafkajs';
import { setTimeout as sleep } from 'node:timers/promises';

/** One that was killed or frozen is a member until its session ends, after 6 s. */
export const leftWithinMs = 20_000;

/**
 * Deletes all topics of the shop, and with them what its groups have committed; makes them anew, as large as they were, and has all streams told of
 * again, as `backroom republish` does.
 */
export async function wipeKafka({ databaseUrl, brokers }: { databaseUrl: string; brokers: readonly string[] }): Promise<Told> {
  let anew = topics();
  const admin = new kafkajs.Kafka({ brokers: [...brokers], clientId: 'stack', logLevel: kafkajs.logLevel.NOTHING }).admin();
  try {
    await admin.connect();
    const there = await admin.listTopics();
    const ours = [...topics().map(({ name }) => name), deadLetterTopic].filter((name) => there.includes(name));
    const sizes = await sizesOf(admin, ours);
    anew = anew.map((topic) => ({ ...topic, ...sizes.get(topic.name) }));
    await admin.deleteTopics({ topics: ours });
    await untilLeft(admin, ours);
  } finally {
    await admin.disconnect();
  }
  await ensureTopics({ brokers, clientId: 'stack' }, anew);
  const db = new Database({ url: databaseUrl, role: 'backroom_status', connections: 2 });
  try {
    const { streams, news } = await tellAll(db);
    return { streams, news };
  } finally {
    await db.close();
  }
}

async function sizesOf(admin: Admin, names: readonly string[]): Promise<Map<string, Pick<Topic, 'partitions' | 'replication'>>> {
  const { topics } = await admin.fetchTopicMetadata({ topics: [...names] });
  return new Map(
    topics.map(({ name, partitions }) => [name, { partitions: partitions.length, replication: partitions[0]?.replicas.length }]),
  );
}

/**
 * Until no group that hears these topics has a member, or for so long: who is still at a batch of a topic that is made anew under it goes on from where
 * it was in the old one, and does not hear what comes before.
 */
async function untilLeft(admin: Admin, names: readonly string[]): Promise<void> {
  for (const end = Date.now() + leftWithinMs; Date.now() < end; await sleep(200)) {
    const groups = (await admin.listGroups()).groups.filter(({ protocolType }) => protocolType === 'consumer');
    const described = await admin.describeGroups(groups.map(({ groupId }) => groupId)).catch(() => undefined);
    if (described && !described.groups.some(({ members }) => members.some((one) => hears(one, names)))) return;
  }
}

/** What the members of a group hear of that is about to share anew, the broker does not say. */
function hears({ memberMetadata }: MemberDescription, names: readonly string[]): boolean {
  if (memberMetadata.length === 0) return true;
  return kafkajs.AssignerProtocol.MemberMetadata.decode(memberMetadata)?.topics.some((name) => names.includes(name)) ?? true;
}
