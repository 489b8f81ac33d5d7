import { accountUpcasts, type AccountEvent } from '#libs/account';
import { shapeToday } from '#libs/decider';
import { email, line } from '#libs/host';
import { answerOnce, type Once } from '#libs/idempotency';
import { postgresEventStore, type Database, type NewEvent } from '#libs/store';
import { v7 as uuidv7 } from 'uuid';
import { z } from 'zod';

export const accountBody = z.strictObject({
  name: line(),
  email: email(),
  ordersPerMinute: z
    .int()
    .min(1)
    .max(10_000)
    .default(60)
    .describe(
      'How many requests may come by its key in a minute: orders and photos together, repeated ones too. Each process of the front door counts for itself.',
    ),
});

export interface OpenedAccount {
  readonly id: string;
  readonly replayed: boolean;
}

/**
 * Writes an account down, in one commit: whose it is, and the fact. All else is done behind.
 * @throws {Problem} `idempotency-key-reused`
 */
export async function openAccount(
  db: Database,
  { name, email, ordersPerMinute }: z.output<typeof accountBody>,
  once?: Once,
  traceparent?: string,
): Promise<OpenedAccount> {
  const id = uuidv7();
  const stream = `account:${id}`;
  const opened: AccountEvent & NewEvent = {
    type: 'AccountOpened',
    data: { ordersPerMinute },
    shape: shapeToday(accountUpcasts, 'AccountOpened'),
  };
  const write = { stream, expected: 0, events: [opened], meta: { lane: 'standard' as const, traceparent }, at: new Date().toISOString() };
  const { answer, replayed } = await answerOnce<{ id: string }>(db, once, stream, async (tx, keep) => {
    await keep({ id });
    await tx.run('account-whose', `INSERT INTO personal (stream, kind, data) VALUES ($1, 'account', $2)`, [
      stream,
      JSON.stringify({ name, email }),
    ]);
    await postgresEventStore.append(tx, [write]);
    return { id };
  });
  return { ...answer, replayed };
}
