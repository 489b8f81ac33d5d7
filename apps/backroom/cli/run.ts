import { Problem } from '#libs/host';
import { exits, helpFor, helpOf, parse, UsageError, type Command, type Given, type Terminal } from './command.js';
import { deadLetterCommands } from './dead-letters.js';
import { doctor } from './doctor.js';
import { jobCommands } from './jobs.js';
import { orderCommands } from './orders.js';
import { republish } from './republish.js';
import { openShop, shopSettings, type Shop } from './shop.js';
import { workerCommands } from './workers.js';

export const commands: readonly Command[] = [...jobCommands, ...deadLetterCommands, ...orderCommands, ...workerCommands, republish, doctor];

/** Runs what the command line says. @returns the exit code */
export async function backroom(argv: readonly string[], env: NodeJS.ProcessEnv, terminal: Terminal): Promise<number> {
  let shop: Promise<Shop> | undefined;
  try {
    const command = find(argv);
    if (!command) {
      const words = argv.filter((word) => !word.startsWith('-'));
      const under = commands.filter(({ name }) => words.length === 0 || name.startsWith(`${words[0]} `));
      if (under.length === 0) throw new UsageError(`There is no command “${words[0]}”.`);
      if (words.length > 1 && words[0] !== 'help') throw new UsageError(`There is no command “${words.slice(0, 2).join(' ')}”.`);
      terminal.out(helpFor(under, words));
      return argv.some((word) => ['--help', '-h', 'help'].includes(word)) ? exits.done : exits.usage;
    }
    const { values, args } = parse(command, argv.slice(command.name.split(' ').length));
    if (values.help) {
      terminal.out(helpOf(command));
      return exits.done;
    }
    const given: Given = {
      ...terminal,
      args,
      env,
      text: (option) => values[option] as string | undefined,
      has: (option) => values[option] === true,
      show: (value, lines) => terminal.out(`${values.json ? JSON.stringify(value) : lines(value)}\n`),
      shop: () => (shop ??= Promise.resolve().then(() => openShop(shopSettings(env)))),
    };
    return (await command.run(given)) ?? exits.done;
  } catch (error) {
    terminal.err(`${reasonOf(error)}\n`);
    if (error instanceof UsageError) terminal.err('backroom --help tells what there is.\n');
    return error instanceof UsageError ? exits.usage : exits.failed;
  } finally {
    await shop?.then((opened) => opened.close()).catch(() => {});
  }
}

const find = (argv: readonly string[]): Command | undefined =>
  commands.find(({ name }) => name.split(' ').every((word, n) => argv[n] === word));

function reasonOf(error: unknown): string {
  if (error instanceof Problem) return error.detail;
  const { message, code } = error as NodeJS.ErrnoException;
  // A connection refused on both of a name's addresses has no message of its own.
  return message || code || String(error);
}
