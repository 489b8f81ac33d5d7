import { dayReport, type DayReport } from '#libs/report';
import type { Effect } from '#libs/work';
import { composeReport } from './emails/compose-report.js';
import type { Mailer } from './emails/send.js';

/** Mails a day's figures to the shop. Asked for once a day, by the job `daily-report`. */
export const sendReport = (mailer: Mailer, shopEmail: string | undefined): Effect<DayReport, { response: string }, never> => ({
  name: 'report',
  timeoutMs: 30_000,
  concurrency: 1,
  attempts: 30,
  async perform(input, _key, signal) {
    if (!shopEmail) return { refused: 'SHOP_EMAIL is not set where mails are sent.' };
    const report = dayReport.parse(input);
    return mailer.send(await composeReport(report, shopEmail), { messageId: `daily-report.${report.day}` }, signal);
  },
  settle: (_, outcome) => ('refused' in outcome || outcome.givenUp ? { dead: true } : {}),
});
