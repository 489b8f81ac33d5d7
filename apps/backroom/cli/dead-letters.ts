import { dropDeadLetters, listDeadLetters, type DeadLetter, type LettersWanted } from '#libs/store';
import { decidedNow } from '../../status/dead-letters/decided-now.js';
import { redriveOnce } from '../../status/dead-letters/redrive.js';
import { columns, UsageError, type Command, type Given } from './command.js';
import { idIn, wholeIn } from './values.js';

const filter = {
  consumer: { value: 'NAME', help: 'Only of this consumer, or this kind of effect.' },
  type: { value: 'TYPE', help: 'Only about this type of event.' },
  topic: { value: 'TOPIC', help: 'Only of this topic.' },
};
const filterOf = (given: Given) => ({ consumer: given.text('consumer'), type: given.text('type'), topic: given.text('topic') });
const inLine = ({ id, consumer, key, type, attempts, cause }: DeadLetter): string[] => [
  id,
  consumer,
  key ?? '',
  type ?? '',
  `${attempts}×`,
  cause.message,
];

export const deadLetterCommands: readonly Command[] = [
  {
    name: 'dead-letters list',
    summary: 'What was given up, the last dead first.',
    options: { ...filter, limit: { value: 'N', help: 'So many; 50 if left out.' } },
    async run(given) {
      const most = wholeIn('--limit', given.text('limit'), 50, 10_000);
      const { db } = await given.shop();
      given.show(await listDeadLetters(db, { ...filterOf(given), most }), (letters) =>
        letters.length ? columns(letters.map(inLine)) : 'There is none.',
      );
    },
  },
  {
    name: 'dead-letters show',
    args: ['ID'],
    summary: 'One of them, and what would be decided for its order now.',
    async run(given) {
      const id = idIn(given.args[0]!);
      const { db } = await given.shop();
      const [letter] = await decidedNow(db, await listDeadLetters(db, { ids: [id], most: 1 }));
      if (!letter) throw new Error(`There is no dead letter ${id}.`);
      given.show(letter, (one) => JSON.stringify(one, undefined, 2));
    },
  },
  {
    name: 'dead-letters redrive',
    args: ['[ID…]'],
    summary: 'Has them tried again, as if they had never failed.',
    more: 'Look first: backroom dead-letters redrive --consumer fulfilment --dry-run\nEach is kept on record, and shown in its order’s timeline.',
    options: { ...filter, 'dry-run': { help: 'Do nothing; show which, and what would be decided for each now.' } },
    async run(given) {
      const wanted = which(given);
      const { db } = await given.shop();
      if (given.has('dry-run'))
        return given.show(await decidedNow(db, await listDeadLetters(db, { ...wanted, most: 200 })), (letters) =>
          columns(letters.map((letter) => [...inLine(letter), `→ ${letter.error ?? JSON.stringify(letter.next ?? null)}`])),
        );
      const { redriven } = await redriveOnce(db, wanted, wanted.ids !== undefined, undefined);
      given.show({ redriven }, () => `${redriven.length} tried again.`);
    },
  },
  {
    name: 'dead-letters drop',
    args: ['ID…'],
    summary: 'Takes them off the list for good: nobody will try them again.',
    more: 'A consumer goes past what it failed on; an effect is over without anybody having been told: an order that waits for one (a capture, a refund) then never ends. Each is kept on record.',
    async run(given) {
      const ids = given.args.map(idIn);
      const { db } = await given.shop();
      const dropped = await db.transaction((tx) => dropDeadLetters(tx, { ids, most: ids.length }, 'operator'));
      given.show({ dropped }, () => `${dropped.length} dropped.`);
      if (dropped.length < ids.length) throw new Error('Not all of them were dead letters.');
    },
  },
];

function which(given: Given): LettersWanted {
  const ids = given.args.length ? given.args.map(idIn) : undefined;
  const wanted = { ...filterOf(given), ids, most: 10_000 };
  if (![ids, wanted.consumer, wanted.type, wanted.topic].some((one) => one !== undefined))
    throw new UsageError('Say which: ids, --consumer, --type or --topic.');
  return wanted;
}
