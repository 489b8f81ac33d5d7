import { Access, orderLinks } from '#libs/access';
import { Settings, SettingsError, type Role } from '#libs/host';
import { Objects } from '#libs/objects';
import { photoObjects, working } from '#libs/role';
import { Database } from '#libs/store';
import { orders, type Work } from '#libs/work';
import { Module } from '@nestjs/common';
import { makeMailer, type Mailer } from './emails/send.js';
import { notifyCustomer } from './notify-customer.js';
import { sendMail } from './send-mail.js';

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

const work = (made: Mailer, db: Database, objects: Objects, access: Access, settings: Settings): Work => ({
  consumers: [notifyCustomer],
  effects: [{ effect: sendMail(made, db, objects, (id) => orderLinks(settings, id, access.tokenOf('order', id)).status), about: orders }],
});

@Module({ providers: [mailer, photoObjects, ...working(work, [MAILER, Database, Objects, Access, Settings])] })
class NotificationsModule {}

export const role: Role = { name: 'notifications', port: 3015, module: NotificationsModule };
