import { listWorkers } from '#libs/store';
import { pauseRole } from '../../status/workers/pause-role.js';
import { columns, type Command } from './command.js';

const count = (some: readonly unknown[]): string => `${some.length} process${some.length === 1 ? '' : 'es'}`;

const pausing = (name: string, paused: boolean, words: Pick<Command, 'summary' | 'more'>): Command => ({
  name,
  args: ['ROLE…'],
  ...words,
  async run(given) {
    const { db } = await given.shop();
    const known = new Set((await listWorkers(db)).map(({ role }) => role));
    const wrong = given.args.find((role) => !known.has(role));
    if (wrong !== undefined) throw new Error(`There is no role “${wrong}”; there are ${[...known].join(', ')}.`);
    const told = await Promise.all(given.args.map(async (role) => ({ role, paused, ...(await pauseRole(db, role, paused))! })));
    const did = paused ? 'taken no work since' : 'gone on since';
    given.show(told, (all) =>
      columns(
        all.map(({ role, done, silent }) => [
          role,
          `${count(done)} ${done.length === 1 ? 'has' : 'have'} ${did}${silent.length ? `, not ${silent.join(', ')}` : ''}`,
        ]),
      ),
    );
    if (told.some(({ silent }) => silent.length > 0))
      throw new Error('Some have not said so yet: they hang, or are of a build that cannot.');
  },
});

export const workerCommands: readonly Command[] = [
  {
    name: 'workers list',
    summary: 'The roles, how many processes each has, and what waits for it.',
    more: '`paused`: by backroom freeze, or PATCH /workers. `frozen`: by FREEZE=true, or by itself, after three deaths before it was ready.',
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
  pausing('freeze', true, {
    summary: 'Has roles take no work, in all their processes and over restarts and new builds, until they are thawed.',
    more: [
      'Without a deployment, for the night: backroom freeze payments fulfilment',
      'What comes in meanwhile waits; what is in hand comes to its end; doors and health go on answering. It is PATCH /workers/{role} {"paused": true}.',
      'It is written in the database, so a build that dies at its start is not stopped by it: such a one freezes itself, or is started with FREEZE=true.',
      'Exit code 1 if a process has not said within 5 s that it does.',
    ].join('\n'),
  }),
  pausing('thaw', false, { summary: 'Has roles go on that were frozen so.', more: 'backroom thaw payments fulfilment' }),
];
