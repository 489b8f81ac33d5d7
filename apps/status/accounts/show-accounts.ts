import { account, readAccountEvent, type Account } from '#libs/account';
import { accountLinks } from '#libs/access';
import type { Settings } from '#libs/host';
import { idOf, postgresEventStore, type Database, type Recorded } from '#libs/store';
import { accounts, asToday } from '#libs/work';

/** An account's events, each with the account after it. One of a later build changes nothing that this build could show. */
export type History = readonly { readonly event: Recorded; readonly state: Account }[];

/** Of these streams; one that is not there is not in the answer. */
export async function historiesOf(db: Database, streams: readonly string[]): Promise<ReadonlyMap<string, History>> {
  const loaded = await postgresEventStore.load(
    db,
    streams.map((stream) => ({ stream, after: 0 })),
  );
  return new Map([...loaded].map(([stream, events]) => [stream, foldEach(events)]));
}

function foldEach(events: readonly Recorded[]): History {
  let state = account.initial;
  return events.map((event) => {
    const known = readAccountEvent(event);
    state = known ? account.evolve(state, known, event.at) : { ...state, version: event.version, updatedAt: event.at };
    return { event: asToday(accounts, event), state };
  });
}

/** As the operator sees them, in this order: with whose they are. */
export async function showAccounts(db: Database, settings: Settings, states: ReadonlyMap<string, Account>) {
  const rows = await db.run<{ stream: string; data: { name: string; email: string } }>(
    'accounts-whose',
    `SELECT stream, data FROM personal WHERE stream = ANY ($1) AND kind = 'account'`,
    [[...states.keys()]],
  );
  const people = new Map(rows.map(({ stream, data }) => [stream, data]));
  return [...states].map(([stream, { steps, erased, merchant: _, ...state }]) => ({
    id: idOf(stream),
    ...state,
    customer: people.get(stream) ?? null,
    // A mail of the other kind is nobody's to send.
    steps: (['merchant', state.status === 'refused' ? 'refusal' : 'welcome'] as const).map((name) => ({ name, ...steps[name] })),
    ...(erased && { erased }),
    links: accountLinks(settings, idOf(stream)),
  }));
}
