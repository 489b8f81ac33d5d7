import { Settings, StartUp } from '#libs/host';
import { Outside, outside, working } from '#libs/role';
import { Database } from '#libs/store';
import { Module } from '@nestjs/common';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { keyIn, keysBeside, Vault } from './vault.js';
import { payments } from './work.js';

const vault = {
  provide: Vault,
  useFactory: async (db: Database, { DATA_DIR }: Settings, startUp: StartUp): Promise<Vault> => {
    const keys = path.join(DATA_DIR, 'keys');
    await mkdir(keys, { recursive: true, mode: 0o700 });
    const made = new Vault(db, await keyIn(path.join(keys, 'payments.jwk')), keysBeside(keys));
    // Nobody can seal a card before.
    startUp.foreground('payment-key', () => made.publishKey());
    return made;
  },
  inject: [Database, Settings, StartUp],
};

@Module({ providers: [outside, vault, ...working('payments', payments, [Outside, Vault, Database])] })
export class PaymentsModule {}
