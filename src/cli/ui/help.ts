/** The commands by what one wants to do, for `headrace --help`. */
import { type Command, Help } from 'commander';

export const COMMAND_GROUPS: readonly (readonly [title: string, names: readonly string[]])[] = [
  ['Start here', ['demo', 'up', 'down', 'status', 'doctor', 'config']],
  ['Write a topology', ['types', 'validate', 'plan']],
  ['Run it', ['load', 'run', 'tap', 'state', 'deadletters', 'skip', 'reset']],
  ['Train and serve models', ['snapshots', 'train', 'models', 'promote', 'rollback']],
  ['Compute again what was served', ['replay']],
];
const REST = 'More';

/** As commander writes it, but for the program itself: there the commands are grouped. */
export function formatHelp(command: Command, helper: Help): string {
  const plain = (own: Help) => Help.prototype.formatHelp.call(own, command, own);
  if (command.parent !== null) return plain(helper);
  // Every command has options: saying so on each line takes the room of what it does.
  const short = (one: Command) => helper.subcommandTerm(one).replace(' [options]', '');
  const width = Math.max(...helper.visibleCommands(command).map((one) => short(one).length));
  const withoutCommands = Object.assign(Object.create(helper) as Help, {
    visibleCommands: () => [],
    padWidth: () => width,
  });
  const left = new Map(helper.visibleCommands(command).map((one) => [one.name(), one]));
  const section = (title: string, names: readonly string[]) => {
    const items = names.flatMap((name) => {
      const one = left.get(name);
      left.delete(name);
      return one === undefined ? [] : [helper.formatItem(short(one), width, helper.subcommandDescription(one), helper)];
    });
    return items.length === 0 ? [] : [`${title}:`, ...items, ''];
  };
  const sections = COMMAND_GROUPS.flatMap(([title, names]) => section(title, names));
  return [plain(withoutCommands), ...sections, ...section(REST, [...left.keys()])].join('\n');
}
