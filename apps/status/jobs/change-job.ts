import { tickedWith, type JobSettings, type Tx } from '#libs/store';
import { isTimeZone, whyNoSchedule } from '#libs/timetable';
import { z } from 'zod';

/** What the operator may change, as JSON or as a merge-patch: none of it can be taken away, so the two are the same. */
export const jobChange = z.strictObject({
  enabled: z.boolean().optional(),
  schedule: z
    .string()
    .max(200)
    .superRefine((schedule, context) => {
      const why = whyNoSchedule(schedule);
      if (why) context.addIssue({ code: 'custom', message: why });
    })
    .nullable()
    .optional()
    .describe('Cron of 5 or 6 fields; null is on demand only.'),
  timeZone: z.string().max(200).refine(isTimeZone, 'This must be a time zone, as in Europe/Vienna.').optional(),
  overlap: z.enum(['skip', 'queue', 'allow']).optional(),
  singleton: z.boolean().optional(),
  stoppingWaitSeconds: z.int().min(0).max(3_600).optional(),
} satisfies Record<keyof JobSettings, z.ZodType>);

/** @returns false if there is no such job */
export async function changeJob(db: Pick<Tx, 'run'>, name: string, change: z.output<typeof jobChange>): Promise<boolean> {
  const rows = await db.run(
    'job-change',
    `UPDATE jobs SET changed = changed || $2,
       ticked_until = ${tickedWith('(settings || $2)')}
     WHERE name = $1 RETURNING name`,
    [name, JSON.stringify(change)],
  );
  return rows.length === 1;
}
