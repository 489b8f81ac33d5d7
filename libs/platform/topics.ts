import { lanes, replies, topicOf, webhooks, type Topic } from '#libs/bus';

/** Every topic of the shop: what is told about, in each lane, and the ends that somebody waits for. A topic's partitions are shared by the members of a group. */
export const topics = (partitions = 6, replication?: number): readonly Topic[] =>
  [...['orders', 'photos', 'account', webhooks].flatMap((about) => lanes.map((lane) => topicOf(about, lane))), replies].map((name) => ({
    name,
    partitions,
    replication,
  }));
