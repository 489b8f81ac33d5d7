import { nextFor, type Account, type AccountCommand, type AccountEvent } from '#libs/account';
import { accounts, effectKey, type Consumer } from '#libs/work';

/** Writes to whoever opened an account: once the bank has a merchant for it, or has refused one. A key a mail sends each once. */
export const writeToAccount: Consumer<AccountCommand, AccountEvent, Account> = {
  name: 'account-mails',
  about: accounts,
  on: ['MerchantOpened', 'AccountRefused'],
  react(account, { stream }) {
    const due = nextFor(account);
    return due === 'welcome' || due === 'refusal'
      ? [{ effect: 'account-mail', key: effectKey(stream, due), input: { stream, mail: due } }]
      : [];
  },
};
