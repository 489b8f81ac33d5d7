import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A timetable that the operator changes begins when he does: what it would have brought before was never missed. */
export class Timetable1764000000014 implements MigrationInterface {
  name = 'Timetable1764000000014';

  async up(db: QueryRunner): Promise<void> {
    await db.query('GRANT UPDATE (ticked_until) ON jobs TO backroom_status');
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('REVOKE UPDATE (ticked_until) ON jobs FROM backroom_status');
  }
}
