import type { NamedMutation } from './mutation.js';

export const forgetFirst: NamedMutation = {
  name: 'forget-first',
  breaks: 'the relay takes news out of the outbox before the broker has them',
  red: 'published',
  faults: ['boundaries'],
  roles: ['relay'],
  boundaries: /bus:publish .*:before/,
  how: {
    async statement(query, ask) {
      const answer = await ask(query);
      if (query.name !== 'outbox-read' || answer.rows.length === 0) return answer;
      await ask({
        name: 'lab-forget',
        text: 'DELETE FROM outbox WHERE id = ANY ($1::bigint[])',
        values: [answer.rows.map(({ id }) => id)],
      });
      return answer;
    },
  },
};

interface Group {
  readonly groupId: string;
  commitOffsets(offsets: object): Promise<void>;
}

interface Batch {
  readonly topic: string;
  readonly partition: number;
  readonly messages: readonly { readonly offset: string }[];
}

export const commitFirst: NamedMutation = {
  name: 'commit-first',
  breaks: 'a consumer commits what it has fetched before it has done anything about it',
  red: 'ends',
  faults: ['boundaries'],
  roles: ['fulfilment', 'payments'],
  boundaries: /store:(bookmarks-take|load|append|bookmarks-move)/,
  how: {
    async fetched(call, self) {
      const group = self as Group;
      const batches = (await call()) as Batch[];
      for (const { topic, partition, messages } of group.groupId.startsWith('tail.') ? [] : batches) {
        if (messages.length === 0) continue;
        const offset = String(BigInt(messages.at(-1)!.offset) + 1n);
        await group.commitOffsets({ topics: [{ topic, partitions: [{ partition, offset }] }] });
      }
      return batches;
    },
  },
};
