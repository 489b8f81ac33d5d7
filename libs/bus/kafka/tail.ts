import { randomUUID } from 'node:crypto';
import type { News, Subscription } from '../bus.js';
import type { AdminConnection } from './admin.js';
import { toNews } from './cloud-event.js';
import { runConsumer, type ConsumerOptions } from './consumer.js';

/**
 * Everything from now on, that is from when the consumer has joined (0.2–0.5 s after this call). kafkajs can't read without a group, so
 * each tail has a throw-away one that commits nothing; it is deleted at the end, and by the broker if the process dies before.
 */
export const kafkaTail = (options: ConsumerOptions, topic: string, work: (news: News) => void, admin: AdminConnection): Subscription => {
  const groupId = `tail.${topic}.${randomUUID()}`;
  const stop = runConsumer(options, {
    groupId,
    topic,
    fromBeginning: false,
    busy: () => false,
    eachBatch: async ({ batch, resolveOffset }) => {
      for (const message of batch.messages) {
        try {
          work(toNews(message));
        } catch (error) {
          options.log('warn', `a tail of ${topic} failed`, { partition: batch.partition, offset: message.offset, error });
        }
        resolveOffset(message.offset);
      }
    },
  });
  return {
    close: async () => {
      await stop(Promise.resolve());
      await admin
        .ask((a) => a.deleteGroups([groupId]))
        .catch((error: unknown) => options.log('debug', `the group ${groupId} stays`, { error }));
    },
  };
};
