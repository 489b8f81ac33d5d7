import { EmbeddedBus, type Bus, type Lane } from '#libs/bus';
import { makeSealer } from '#libs/card';
import { Database, idOf, postgresEventStore, remembering, type Recorded } from '#libs/store';
import { makeAsk, runRole } from '#libs/work';
import { startWorld } from '#tools/world';
import type { JWK } from 'jose';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fulfilment } from '../../apps/fulfilment/work.js';
import { payments } from '../../apps/payments/work.js';
import { keyIn, Vault } from '../../apps/payments/vault.js';
import { Relay } from '../../apps/relay/relay.js';
import { freshDatabase } from './database.js';

export interface OrderGiven {
  readonly card?: string;
  readonly postcode?: string;
  readonly sku?: string;
  readonly quantity?: number;
  readonly photoId?: string;
  readonly lane?: Lane;
}

/** The shop's road without its doors: relay, fulfilment and payments on a real database and the embedded bus, or the one given, and the outside they work for. */
export async function startShop({ leaseMs, bus: given }: { leaseMs?: number; bus?: Bus } = {}) {
  const dir = await mkdtemp(path.join(os.tmpdir(), 'backroom-shop-'));
  const fresh = await freshDatabase();
  const db = new Database({ url: fresh.url, role: 'backroom_host', connections: 20 });
  const world = await startWorld({ port: 0, dir: path.join(dir, 'world') });
  const outside = makeAsk(world.url);
  const bus = given ?? new EmbeddedBus({ log: (level, message, details) => level === 'warn' && log(level, message, details) });
  const relay = new Relay({ db, bus, instance: 'test', log, onTheWay: given ? 1 : 4 });
  const vault = new Vault(db, await keyIn(path.join(dir, 'key')));
  await vault.publishKey();
  const seal = makeSealer();
  const [published] = await db.run<{ jwk: JWK & { kid: string } }>('t-key', 'SELECT jwk FROM payment_keys', []);
  const appended = (lanes: ReadonlySet<Lane>): void => relay.ring(lanes);
  const parts = { db, store: remembering(postgresEventStore), bus, appended, log, leaseMs };
  const roles = [runRole(fulfilment(outside, db), parts), runRole(payments(outside, vault, db), parts)];
  relay.start();

  return {
    db,
    bus,
    world,
    url: fresh.url,
    /** As the front door will: everything in one transaction. */
    async place({
      card = '4242424242424242',
      postcode = '1010',
      sku = 'PRINT-10X15',
      quantity = 2,
      photoId,
      lane = 'standard',
    }: OrderGiven = {}): Promise<string> {
      const stream = `order:${crypto.randomUUID()}`;
      const sealed = await seal({ number: card, expiry: '12/39', cvc: '123' }, published!.jwk);
      const unitPrice = { amount: 29, currency: 'EUR' as const };
      const data = {
        lines: [{ sku, name: sku, quantity, unitPrice, photoId }],
        total: { amount: 29 * quantity, currency: 'EUR' },
        priority: 'standard',
      };
      await db.transaction(async (tx) => {
        const shipTo = { name: 'Ada', line1: '1 Main St', city: 'Vienna', postcode, country: 'AT' };
        await tx.run('t-vault', 'INSERT INTO vault (stream, sealed) VALUES ($1, $2)', [stream, sealed]);
        await tx.run('t-personal', `INSERT INTO personal (stream, kind, data) VALUES ($1, 'customer', $2)`, [
          stream,
          JSON.stringify({ shipTo }),
        ]);
        const at = new Date().toISOString();
        await postgresEventStore.append(tx, [{ stream, expected: 0, events: [{ type: 'OrderPlaced', data }], meta: { lane }, at }]);
      });
      appended(new Set([lane]));
      return stream;
    },
    async history(stream: string): Promise<readonly Recorded[]> {
      return (await db.transaction((tx) => postgresEventStore.load(tx, [{ stream, after: 0 }]))).get(stream) ?? [];
    },
    async ledger(service: 'gateway' | 'printer' | 'carrier', stream: string): Promise<{ operation: string; outcome: string }[]> {
      const answer = await fetch(`${world.url}/${service}/ledger?orderId=${idOf(stream)}`);
      return ((await answer.json()) as { items: { operation: string; outcome: string }[] }).items;
    },
    async stop(): Promise<void> {
      await Promise.all(roles.map((role) => role.stop(1_000)));
      await bus.close();
      await relay.stop();
      await outside.close();
      await world.close();
      await db.close();
      await fresh.drop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** For a failing test to be read by. */
function log(level: string, message: string, details?: object): void {
  if (level !== 'info') console.warn(level, message, details);
}
