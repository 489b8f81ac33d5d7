import { listWorkers, pauseWorker } from '#libs/store';
import { columns, type Command } from './command.js';

const pausing = (name: string, paused: boolean, summary: string): Command => ({
  name,
  args: ['ROLE'],
  summary,
  async run(given) {
    const [role] = given.args as [string];
    const { db } = await given.shop();
    if (!(await pauseWorker(db, role, paused))) throw new Error(`There is no role “${role}”.`);
    given.show({ role, paused }, () => `${role} ${paused ? 'rests' : 'goes on'}.`);
  },
});

export const workerCommands: readonly Command[] = [
  {
    name: 'workers list',
    summary: 'The roles, how many processes each has, and what waits for it.',
    async run(given) {
      const { db } = await given.shop();
      given.show(await listWorkers(db), (workers) =>
        columns(
          workers.map(({ role, instances, waiting, paused }) => [
            role,
            `${instances.length} instance${instances.length === 1 ? '' : 's'}`,
            `${waiting} waiting`,
            [paused && 'paused', instances.some(({ frozen }) => frozen) && 'frozen'].filter(Boolean).join(', '),
          ]),
        ),
      );
    },
  },
  pausing('workers pause', true, 'Has a role rest, in all its processes and over their restarts.'),
  pausing('workers resume', false, 'Has it go on.'),
];
