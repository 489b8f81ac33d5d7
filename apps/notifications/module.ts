import { Access, orderLinks } from '#libs/access';
import { Log, Settings, SettingsError } from '#libs/host';
import { Objects } from '#libs/objects';
import { Callbacks, callbacks, photoObjects, working } from '#libs/role';
import { Database } from '#libs/store';
import { accounts, orders, type Work } from '#libs/work';
import { Module } from '@nestjs/common';
import { makeMailer, type Mailer } from './emails/send.js';
import { notifyCustomer } from './notify-customer.js';
import { sendAccountMail } from './send-account-mail.js';
import { sendMail } from './send-mail.js';
import { sendReport } from './send-report.js';
import { callBack, called } from './webhooks/call-back.js';
import { makeCall } from './webhooks/call.js';
import { Receivers } from './webhooks/receivers.js';
import { sendWebhook } from './webhooks/send-webhook.js';
import { makeTries } from './webhooks/tries.js';
import { writeToAccount } from './write-to-account.js';

const MAILER = Symbol('mailer');

const mailer = {
  provide: MAILER,
  useFactory: ({ SMTP_URL, PUBLIC_URL }: Settings) => {
    if (!SMTP_URL) throw new SettingsError('SMTP_URL must be set: it says who delivers the mails.');
    const { hostname } = new URL(PUBLIC_URL);
    const made = makeMailer(SMTP_URL, { from: `Backroom Prints <shop@${hostname}>`, domain: hostname });
    return { ...made, onApplicationShutdown: () => made.close() };
  },
  inject: [Settings],
};

const work = (
  made: Mailer,
  db: Database,
  objects: Objects,
  access: Access,
  settings: Settings,
  { secretOf, rules }: Callbacks,
  log: Log,
): Work => {
  const linksOf = (id: string) => orderLinks(settings, id, access.tokenOf('order', id));
  const webhook = sendWebhook({
    db,
    call: makeCall(rules),
    receivers: new Receivers(),
    tries: makeTries(db),
    secretOf,
    linksOf,
    log: (level, message, details) => log[level](details, message),
  });
  return {
    consumers: [notifyCustomer, callBack, writeToAccount],
    effects: [
      { effect: sendMail(made, db, objects, (id) => linksOf(id).status), about: orders },
      { effect: webhook, about: called },
      { effect: sendAccountMail(made, db, `${settings.PUBLIC_URL}/docs`), about: accounts },
      // Of no stream: its outcome leads to nothing more.
      { effect: sendReport(made, settings.SHOP_EMAIL), about: orders },
    ],
  };
};

@Module({
  providers: [
    mailer,
    photoObjects,
    callbacks,
    ...working('notifications', work, [MAILER, Database, Objects, Access, Settings, Callbacks, Log]),
  ],
})
export class NotificationsModule {}
