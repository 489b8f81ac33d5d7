import { Access } from '#libs/access';
import { described, DocumentsModule } from '#libs/contract';
import { Catalogue, PaymentKeys } from '#libs/placing';
import { Wake } from '#libs/platform';
import { Callbacks, callbacks, photoObjects } from '#libs/role';
import { Database } from '#libs/store';
import { Module } from '@nestjs/common';
import { AccountsController } from './accounts/accounts-controller.js';
import { Callers } from './accounts/callers.js';
import { ApiController, PLACE_ORDER } from './api-controller.js';
import { description } from './described.js';
import { Housekeeping } from './housekeeping.js';
import { ImportsController } from './imports/imports-controller.js';
import { OrderEnds } from './orders/order-ends.js';
import { makePlaceOrder } from './orders/place-order.js';
import { PhotosController } from './photos/photos-controller.js';
import { WarmUp } from './warm-up.js';

const placeOrder = {
  provide: PLACE_ORDER,
  useFactory: (db: Database, access: Access, catalogue: Catalogue, keys: PaymentKeys, wake: Wake, { rules }: Callbacks) =>
    makePlaceOrder({ db, access, catalogue, keys, callbacks: rules, placed: (lane) => wake.relay(new Set([lane])) }),
  inject: [Database, Access, Catalogue, PaymentKeys, Wake, Callbacks],
};

@Module({
  imports: [DocumentsModule],
  controllers: [ApiController, PhotosController, ImportsController, AccountsController],
  providers: [
    described(description),
    { provide: Catalogue, useFactory: (db: Database) => new Catalogue(db), inject: [Database] },
    { provide: PaymentKeys, useFactory: (db: Database) => new PaymentKeys(db), inject: [Database] },
    placeOrder,
    callbacks,
    photoObjects,
    Callers,
    Housekeeping,
    WarmUp,
    OrderEnds,
  ],
})
export class ApiModule {}
