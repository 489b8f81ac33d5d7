import type { AccountCommand, AccountMail } from '#libs/account';
import { idOf, postgresEventStore, type Database } from '#libs/store';
import { accounts, fold, why, type Effect } from '#libs/work';
import { accountMails } from './emails/account-mails.js';
import type { AccountFacts } from './emails/account-facts.js';
import type { Mailer } from './emails/send.js';

/** The mail about an account, handed to the SMTP server as an order's is. Where it was closed in the meantime, nothing is sent any more. */
export const sendAccountMail = (
  mailer: Mailer,
  db: Database,
  docsUrl: string,
): Effect<{ stream: string; mail: AccountMail }, { response: string } | 'unwanted', AccountCommand> => ({
  name: 'account-mail',
  timeoutMs: 30_000,
  concurrency: 2,
  attempts: 30,
  async perform({ stream, mail }, _key, signal) {
    const account = fold(accounts, (await postgresEventStore.load(db, [{ stream, after: 0 }])).get(stream) ?? []);
    if (account.status === 'closed') return { done: 'unwanted' };
    const [row] = await db.run<{ data: AccountFacts['customer'] }>(
      'account-person',
      `SELECT data FROM personal WHERE stream = $1 AND kind = 'account'`,
      [stream],
    );
    if (!row) return { refused: 'The address has been erased.' };
    const facts = { accountId: idOf(stream), customer: row.data, ordersPerMinute: account.ordersPerMinute, docsUrl };
    return mailer.send(accountMails[mail](facts), { messageId: `account-${mail}.${facts.accountId}` }, signal);
  },
  settle({ mail }, outcome) {
    if ('done' in outcome) return outcome.done === 'unwanted' ? {} : { command: { do: 'mailed', mail } };
    if ('refused' in outcome || outcome.givenUp) return { command: { do: 'mail-failed', mail, detail: why(outcome) }, dead: true };
    return {};
  },
});
