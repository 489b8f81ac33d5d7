import { EmbeddedBus, lanes, type Lane, type News, type Subscription } from '#libs/bus';
import { createLog } from '#libs/host';
import { Duties, Lags } from '#libs/platform';
import { Database, postgresEventStore, remembering } from '#libs/store';
import { makeAsk, runRole } from '#libs/work';
import path from 'node:path';
import { fulfilment } from '../../apps/fulfilment/work.js';
import { keyIn, Vault } from '../../apps/payments/vault.js';
import { payments } from '../../apps/payments/work.js';
import { Relay } from '../../apps/relay/relay.js';
import { Projection } from '../../apps/status/projection.js';

/** The road's parts without Nest, in batches as they come, or with ONES each message and each outcome in a transaction of its own. */
const { DATABASE_URL, WORLD_URL, DATA_DIR, ONES, KEY = 'parts.jwk' } = process.env as Record<string, string>;
const ones = ONES === '1';

class OneByOne extends EmbeddedBus {
  override subscribe(group: string, topic: string, work: (news: readonly News[]) => Promise<void>): Subscription {
    return super.subscribe(group, topic, async (news) => {
      for (const one of news) await work([one]);
    });
  }
}

const db = new Database({ url: DATABASE_URL!, role: 'backroom_host', connections: 30 });
const bus = ones ? new OneByOne() : new EmbeddedBus();
const log = createLog({ level: 'warn', readable: false, role: 'bench', instance: 'parts' });
const say = (level: 'info' | 'warn' | 'error', message: string, details?: object): void => log[level](details ?? {}, message);
const relay = new Relay({ db, bus, instance: 'parts', log: say, onTheWay: 4 });
const outside = makeAsk(WORLD_URL!);
const vault = new Vault(db, await keyIn(path.join(DATA_DIR!, KEY)));
await vault.publishKey();
const appended = (which: ReadonlySet<Lane>): void => relay.ring(which);
const parts = { db, bus, store: remembering(postgresEventStore), appended, log: say, settleAtOnce: ones ? 1 : undefined };
const projection = new Projection(bus, db, parts.store, log, new Lags(bus), new Duties(['status']));
projection.onModuleInit();
const roles = [runRole(fulfilment(outside, db), parts), runRole(payments(outside, vault, db), parts)];
relay.start();

process.on('message', () => relay.ring(lanes));
process.on('SIGTERM', () => {
  void (async () => {
    await relay.stop();
    await Promise.all([...roles.map((role) => role.stop(1_000)), projection.beforeApplicationShutdown()]);
    await bus.close();
    await outside.close();
    await db.close();
    process.exit(0);
  })();
});
process.send!({ url: 'none' });
