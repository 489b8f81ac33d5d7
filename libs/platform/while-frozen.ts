import type { Host, Infrastructure } from '#libs/host';
import { Database } from '#libs/store';
import { Module } from '@nestjs/common';
import { Attendance } from './attendance.js';
import { Duties } from './duties.js';
import { measureDuties } from './shop-metrics.js';

/** What stands in for the platform where nothing of the roles is run: one sees in `GET /workers` that they are there, and frozen. */
export function whileFrozen({ settings, instance, log, metrics }: Host): Infrastructure {
  const duties = new Duties(instance.roles);
  for (const duty of duties.all()) duty.frozen = true;
  measureDuties(metrics, duties);
  if (!settings.DATABASE_URL) return { modules: [] };
  const db = new Database({
    url: settings.DATABASE_URL,
    role: instance.roles.length === 1 ? `backroom_${instance.roles[0]}` : 'backroom_host',
    connections: 2,
  });
  const attendance = {
    provide: Attendance,
    useFactory: () => new Attendance({ db, duties, instance, log, acrossProcesses: false, shut: true }),
  };
  return { modules: [{ module: Frozen, providers: [attendance] }], close: () => db.close() };
}

@Module({})
class Frozen {}
