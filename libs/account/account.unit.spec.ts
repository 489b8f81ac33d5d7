import { isRefusal } from '#libs/decider';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { account, nextFor, type Account, type AccountCommand, type AccountEvent } from './index.js';

const at = '2026-11-24T08:00:00.000Z';
const opened: AccountEvent = { type: 'AccountOpened', data: { ordersPerMinute: 60 } };
const fold = (events: readonly AccountEvent[]): Account =>
  events.reduce((state, event) => account.evolve(state, event, at), account.initial);

/** The stream after these commands. */
function after(...commands: readonly AccountCommand[]): AccountEvent[] {
  const events = [opened];
  for (const command of commands) {
    const answer = account.decide(command, fold(events));
    if (!isRefusal(answer)) events.push(...answer);
  }
  return events;
}
const types = (events: readonly AccountEvent[]) => events.map(({ type }) => type);

const merchant: AccountCommand = { do: 'merchant-opened', merchant: 'm_1' };
const refused: AccountCommand = { do: 'merchant-refused', detail: 'not_accepted' };
const welcomed: AccountCommand = { do: 'mailed', mail: 'welcome' };

describe('an account', () => {
  it('is ready once the bank has a merchant and the welcome is sent', () => {
    expect(nextFor(fold(after()))).toBe('open-merchant');
    expect(nextFor(fold(after(merchant)))).toBe('welcome');
    expect(types(after(merchant, welcomed))).toEqual(['AccountOpened', 'MerchantOpened', 'WelcomeSent', 'AccountReady']);
    expect(nextFor(fold(after(merchant, welcomed)))).toBeUndefined();
  });

  it('is ready also where nobody takes the mail', () => {
    const ready = fold(after(merchant, { do: 'mail-failed', mail: 'welcome', detail: 'no such address' }));
    expect(ready).toMatchObject({ status: 'ready', steps: { welcome: { state: 'failed', detail: 'no such address' } } });
  });

  it('that the bank refuses is told so, and never ready', () => {
    expect(types(after(refused))).toEqual(['AccountOpened', 'MerchantRefused', 'AccountRefused']);
    expect(nextFor(fold(after(refused)))).toBe('refusal');
    expect(fold(after(refused, { do: 'mailed', mail: 'refusal' }, welcomed))).toMatchObject({ status: 'refused', reason: 'not_accepted' });
  });

  it('that is closed has its merchant closed, also one that was opened only then', () => {
    for (const closed of [after(merchant, welcomed, { do: 'close' }), after({ do: 'close' }, merchant)]) {
      expect(nextFor(fold(closed))).toBe('close-merchant');
    }
    expect(nextFor(fold(after(merchant, { do: 'close' }, { do: 'merchant-closed' })))).toBeUndefined();
  });

  it('that is erased has its merchant closed all the same, also one of which nobody knew until then, and is written to no more', () => {
    for (const erased of [after(merchant, { do: 'close' }, { do: 'erase' }), after({ do: 'close' }, { do: 'erase' }, merchant)]) {
      expect(nextFor(fold(erased))).toBe('close-merchant');
      expect(account.decide({ do: 'merchant-closed' }, fold(erased))).toEqual([{ type: 'MerchantClosed', data: {} }]);
    }
    expect(nextFor(fold(after(refused, { do: 'erase' })))).toBeUndefined();
  });

  it('that is ready has its key renewed as often as need be; no other has', () => {
    const renew: AccountCommand = { do: 'renew-key' };
    expect(fold(after(merchant, welcomed)).keyNumber).toBe(1);
    expect(fold(after(merchant, welcomed, renew, renew))).toMatchObject({ status: 'ready', keyNumber: 3 });
    const close: AccountCommand = { do: 'close' };
    const erased: AccountCommand[] = [refused, { do: 'mailed', mail: 'refusal' }, { do: 'erase' }];
    for (const other of [[], [merchant], [refused], [merchant, welcomed, close], erased])
      expect(account.decide(renew, fold(after(...other)))).toHaveProperty('refused');
  });

  it('that is open is not erased; one that is not there is nobody’s to change', () => {
    for (const open of [after(), after(merchant), after(merchant, welcomed)])
      expect(account.decide({ do: 'erase' }, fold(open))).toHaveProperty('refused');
    for (const command of [merchant, { do: 'close' }] as const) expect(account.decide(command, account.initial)).toHaveProperty('refused');
  });
});

describe('whatever comes, in whatever order', () => {
  const mail = fc.constantFrom('welcome' as const, 'refusal' as const);
  const anyCommand: fc.Arbitrary<AccountCommand> = fc.oneof(
    fc.constantFrom<AccountCommand>(merchant, refused, { do: 'merchant-closed' }, { do: 'renew-key' }, { do: 'close' }, { do: 'erase' }),
    mail.map((mail) => ({ do: 'mailed' as const, mail })),
    mail.map((mail) => ({ do: 'mail-failed' as const, mail, detail: 'x' })),
  );

  /** What a world that goes on obliging makes of what is owed. */
  function obliged(events: readonly AccountEvent[]): AccountEvent[] {
    const all = [...events];
    for (let due = nextFor(fold(all)); due; due = nextFor(fold(all))) {
      const command: AccountCommand =
        due === 'open-merchant' ? merchant : due === 'close-merchant' ? { do: 'merchant-closed' } : { do: 'mailed', mail: due };
      const answer = account.decide(command, fold(all));
      if (isRefusal(answer) || answer.length === 0) throw new Error(`${due} is owed, and ${command.do} leads to nothing`);
      all.push(...answer);
    }
    return all;
  }

  it('it ends ready, refused or closed, is welcomed at most once, and a closed one leaves no merchant', () => {
    fc.assert(
      fc.property(fc.array(anyCommand, { maxLength: 15 }), (commands) => {
        const events = obliged(after(...commands));
        const end = fold(events);
        expect(['ready', 'refused', 'closed']).toContain(end.status);
        const once = types(events).filter((type) => type !== 'KeyRenewed');
        expect(new Set(once).size).toBe(once.length);
        expect(end.keyNumber).toBe(1 + events.length - once.length);
        const { merchant: bank, welcome } = end.steps;
        if (end.status === 'ready') expect([bank.state, welcome.state]).toEqual(['done', expect.stringMatching(/done|failed/)]);
        if (end.status === 'closed') expect(bank.state).not.toBe('done');
        expect(types(events).filter((type) => type === 'AccountReady' || type === 'AccountRefused').length).toBeLessThan(2);
      }),
      { numRuns: 2_000 },
    );
  });
});
