import type { Decider, Refusal } from '#libs/decider';
import type { AccountEvent } from './events.js';

/** What is written to whoever opened an account: one of the two. */
export type AccountMail = 'welcome' | 'refusal';

export const accountStatuses = ['opening', 'ready', 'refused', 'closed'] as const;

/** One thing that is done for an account: whether, when, and what was said where it was not. */
export interface AccountStep {
  readonly state: 'pending' | 'done' | 'failed' | 'compensated';
  readonly at: string | null;
  readonly detail: string | null;
}

/** An account from its opening to its end. As of a photo, what people see of it and what it decides on are the same. */
export interface Account {
  readonly status: 'none' | (typeof accountStatuses)[number];
  readonly version: number;
  readonly openedAt: string;
  readonly updatedAt: string;
  /** When it was refused, or closed. */
  readonly endedAt: string | null;
  readonly ordersPerMinute: number;
  /** The key that is good is its first, its second, … */
  readonly keyNumber: number;
  /** The bank's number for it. */
  readonly merchant?: string;
  readonly steps: Readonly<Record<'merchant' | AccountMail, AccountStep>>;
  /** Why it was refused. */
  readonly reason?: string;
  readonly erased: boolean;
}

export type AccountCommand =
  | { readonly do: 'merchant-opened'; readonly merchant: string }
  | { readonly do: 'merchant-refused'; readonly detail: string }
  | { readonly do: 'merchant-closed' }
  | { readonly do: 'mailed'; readonly mail: AccountMail }
  | { readonly do: 'mail-failed'; readonly mail: AccountMail; readonly detail: string }
  | { readonly do: 'renew-key' }
  | { readonly do: 'close' }
  | { readonly do: 'erase' };

const pending: AccountStep = { state: 'pending', at: null, detail: null };

export const account: Decider<AccountCommand, AccountEvent, Account> = {
  initial: {
    status: 'none',
    version: 0,
    openedAt: '',
    updatedAt: '',
    endedAt: null,
    ordersPerMinute: 0,
    keyNumber: 1,
    steps: { merchant: pending, welcome: pending, refusal: pending },
    erased: false,
  },
  decide(command, now) {
    const facts = factsOf(command, now);
    // Whichever of its steps was the last one has it ready.
    const ready = !('refused' in facts) && isProvisioned(facts.reduce((was, event) => after(was, event, ''), now));
    return ready ? [...facts, { type: 'AccountReady', data: {} }] : facts;
  },
  evolve: (was, event, at) => ({ ...after(was, event, at), version: was.version + 1, updatedAt: at }),
};

/** What is owed to an account next: of each role the part that is its own. */
export function nextFor({ status, steps, erased }: Account): 'open-merchant' | 'close-merchant' | AccountMail | undefined {
  if (status === 'opening') return steps.merchant.state === 'pending' ? 'open-merchant' : owed('welcome', steps);
  // Of whom was erased there is no address any more.
  if (status === 'refused') return erased ? undefined : owed('refusal', steps);
  // Also one whose opening was under way when the account was closed, and came to its end after it, were it years after it was erased.
  return status === 'closed' && steps.merchant.state === 'done' ? 'close-merchant' : undefined;
}

const owed = (mail: AccountMail, steps: Account['steps']) => (steps[mail].state === 'pending' ? mail : undefined);

/** A mail that nobody takes holds no account up: the operator sees that it failed. */
const isProvisioned = ({ status, steps }: Account): boolean =>
  status === 'opening' && steps.merchant.state === 'done' && steps.welcome.state !== 'pending';

/** Outcomes are taken in every state: whatever is known late is a fact all the same. */
function factsOf(command: AccountCommand, now: Account): readonly AccountEvent[] | Refusal {
  const { status, steps } = now;
  if (status === 'none') return { refused: 'There is no such account.' };
  switch (command.do) {
    case 'merchant-opened':
      return steps.merchant.state === 'pending' ? [{ type: 'MerchantOpened', data: { merchant: command.merchant } }] : [];
    case 'merchant-refused': {
      if (steps.merchant.state !== 'pending') return [];
      const data = { detail: command.detail };
      const refused: AccountEvent = { type: 'MerchantRefused', data };
      return status === 'opening' ? [refused, { type: 'AccountRefused', data }] : [refused];
    }
    case 'merchant-closed':
      return nextFor(now) === 'close-merchant' ? [{ type: 'MerchantClosed', data: {} }] : [];
    case 'mailed':
      // Also one that had failed: an operator had it sent again.
      if (steps[command.mail].state === 'done') return [];
      return [{ type: command.mail === 'welcome' ? 'WelcomeSent' : 'RefusalSent', data: {} }];
    case 'mail-failed':
      if (steps[command.mail].state !== 'pending') return [];
      return [{ type: command.mail === 'welcome' ? 'WelcomeFailed' : 'RefusalFailed', data: { detail: command.detail } }];
    case 'renew-key':
      return status === 'ready' ? [{ type: 'KeyRenewed', data: {} }] : { refused: 'The account is not ready.' };
    case 'close':
      return status === 'closed' ? [] : [{ type: 'AccountClosed', data: {} }];
    case 'erase':
      if (status !== 'closed' && status !== 'refused') return { refused: 'The account is open.' };
      return now.erased ? [] : [{ type: 'AccountErased', data: {} }];
    default:
      return command satisfies never;
  }
}

function after(was: Account, event: AccountEvent, at: string): Account {
  const step = (name: keyof Account['steps'], state: AccountStep['state'], detail: string | null = null): Account => ({
    ...was,
    steps: { ...was.steps, [name]: { state, at, detail } },
  });
  switch (event.type) {
    case 'AccountOpened':
      return { ...was, status: 'opening', openedAt: at, ordersPerMinute: event.data.ordersPerMinute };
    case 'MerchantOpened':
      return { ...step('merchant', 'done'), merchant: event.data.merchant };
    case 'MerchantRefused':
      return step('merchant', 'failed', event.data.detail);
    case 'MerchantClosed':
      return step('merchant', 'compensated');
    case 'WelcomeSent':
      return step('welcome', 'done');
    case 'WelcomeFailed':
      return step('welcome', 'failed', event.data.detail);
    case 'RefusalSent':
      return step('refusal', 'done');
    case 'RefusalFailed':
      return step('refusal', 'failed', event.data.detail);
    case 'AccountReady':
      return { ...was, status: 'ready' };
    case 'KeyRenewed':
      return { ...was, keyNumber: was.keyNumber + 1 };
    case 'AccountRefused':
      return { ...was, status: 'refused', endedAt: at, reason: event.data.detail };
    case 'AccountClosed':
      return { ...was, status: 'closed', endedAt: at };
    case 'AccountErased':
      return { ...was, erased: true };
    default:
      return event satisfies never;
  }
}
