import { nextFor, type Account, type AccountCommand, type AccountEvent } from '#libs/account';
import { accounts, effectKey, type Consumer } from '#libs/work';

/** The bank's part of an account's way: a merchant is opened for it, and closed with it. */
export const keepMerchant: Consumer<AccountCommand, AccountEvent, Account> = {
  name: 'merchants',
  about: accounts,
  // The last: its opening may come to its end after the account was closed.
  on: ['AccountOpened', 'AccountClosed', 'MerchantOpened'],
  react(account, { stream }) {
    const due = nextFor(account);
    if (due !== 'open-merchant' && due !== 'close-merchant') return [];
    return [{ effect: due, key: effectKey(stream, due), input: { stream, merchant: account.merchant } }];
  },
};
