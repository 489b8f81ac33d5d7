import { ensureTopics } from '#libs/bus';
import { topics } from '#libs/platform';
import { tell, tellAll } from '#libs/store';
import { migrateSettings } from '#tools/migrate';
import { exits, type Command, type Given } from './command.js';
import type { Shop } from './shop.js';
import { idIn, timeIn } from './values.js';

export const republish: Command = {
  name: 'republish',
  summary: 'Tells again of what the streams hold: makes Kafka’s topics where they are missing, and refills them.',
  more: 'For when topics were lost, or strangers want to hear all. The shop may go on: its bookmarks say what is done already, so nothing is done twice.',
  options: {
    since: { value: 'TIME', help: 'Only what has happened since: 2026-11-24T12:00:00Z. All if left out.' },
    stream: { value: 'STREAM', help: 'Only of this one: an order’s id, photo:<id> or account:<id>.' },
  },
  async run(given) {
    const time = given.text('since');
    const since = time === undefined ? undefined : timeIn('--since', time);
    const one = given.text('stream');
    const stream = one === undefined ? undefined : `${/^(photo|account):/.exec(one)?.[1] ?? 'order'}:${idIn(one)}`;
    const shop = await given.shop();
    await makeTopics(given, shop);
    if (stream === undefined) return all(given, shop, since);
    const news = await tell(shop.db, [stream], since);
    if (news === 0) throw new Error(`Of ${stream} there is nothing to tell.`);
    given.show({ streams: 1, news }, () => `${news} news will be told again.`);
    return exits.done;
  },
};

async function makeTopics({ env, err }: Given, { settings }: Shop): Promise<void> {
  const brokers = settings.KAFKA_BROKERS;
  if (!brokers) return;
  const { partitions, replication, withinSeconds = 60 } = migrateSettings({ ...env, DATABASE_URL: settings.DATABASE_URL });
  await ensureTopics(
    { brokers, clientId: 'backroom-republish', withinMs: withinSeconds * 1_000, grow: false },
    topics(partitions, replication),
  );
  err('The topics are there.\n');
}

async function all({ err, show, interrupted }: Given, { db }: Shop, since?: string): Promise<number> {
  let said = 0;
  const { streams, news, done } = await tellAll(db, {
    since,
    signal: interrupted,
    told(sofar) {
      if (sofar.streams < said + 10_000) return;
      said = sofar.streams;
      err(`${sofar.news} news of ${sofar.streams} streams …\n`);
    },
  });
  if (done) {
    show({ streams, news }, () => `${news} news of ${streams} streams will be told again.`);
    return exits.done;
  }
  err(`Interrupted: ${news} news of ${streams} streams will be told again. Run it again for the others.\n`);
  return exits.interrupted;
}
