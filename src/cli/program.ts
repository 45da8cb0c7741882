// SPDX-License-Identifier: Apache-2.0
/** The flag tables of all commands as one commander program. */
import { Option, Command as Program } from 'commander';
import { flagOf, KEYS } from '../config/index.ts';
import type { Command } from './command.ts';

export interface Parsed {
  command: Command;
  args: string[];
  /** the command's own flags and the global ones */
  options: Record<string, unknown>;
}

interface Streams {
  out: (text: string) => void;
  err: (text: string) => void;
}

/** Parses; throws commander's error for wrong usage and after help was shown. */
export async function parse(
  commands: readonly Command[],
  argv: readonly string[],
  streams: Streams,
): Promise<Parsed> {
  let parsed: Parsed | undefined;
  const root = quiet(new Program('tracegate'), streams).description('The gate in front of eBPF policies.');
  addGlobals(root);
  for (const command of commands) {
    const leaf = leafFor(root, command, streams);
    leaf.action((...given: unknown[]) => {
      const args = given
        .slice(0, -2)
        .flat()
        .filter((arg) => arg !== undefined) as string[];
      parsed = { command, args, options: leaf.optsWithGlobals() };
    });
  }
  await root.parseAsync([...argv], { from: 'user' });
  if (!parsed) root.help({ error: true });
  return parsed as unknown as Parsed;
}

function leafFor(
  root: Program,
  { words, about, args = [], options = [], outputs = [], helpAfter }: Command,
  streams: Streams,
): Program {
  let parent = root;
  for (const word of words.slice(0, -1)) {
    const known = parent.commands.find((one) => one.name() === word);
    parent = known ?? quiet(parent.command(word), streams).description(`${word} …`);
  }
  const leaf = quiet(parent.command(words.at(-1) as string), streams).description(about);
  for (const { syntax, about: what } of args) leaf.argument(syntax, what);
  for (const { flags, about: what, choices, fallback } of options) {
    const option = new Option(flags, what);
    if (choices) option.choices([...choices]);
    if (fallback !== undefined) option.default(fallback);
    leaf.addOption(option);
  }
  if (outputs.length > 0) {
    leaf.addOption(
      new Option('-o, --output <format>', 'how results are printed')
        .choices([...outputs])
        .default(outputs[0]),
    );
  }
  if (helpAfter)
    leaf.addHelpText('after', ({ command }) => helpAfter(command.args.filter((arg) => !arg.startsWith('-'))));
  return leaf;
}

/** Every configuration key is a flag of every command; the client's and a few more are shown, the rest just work. */
function addGlobals(root: Program): void {
  root.addOption(new Option('--config <file>', 'configuration file'));
  root.addOption(new Option('--quiet', 'no words on stderr'));
  root.addOption(
    new Option('--color <when>', 'colours').choices(['auto', 'always', 'never']).default('auto'),
  );
  for (const spec of KEYS) {
    const shown = spec.key.startsWith('client.') || spec.key === 'stateDir' || spec.key === 'profile';
    root.addOption(new Option(`${flagOf(spec)} <value>`, spec.about).hideHelp(!shown));
  }
}

/** What was given for configuration keys, by key. */
export function configFlags(options: Record<string, unknown>): Record<string, string> {
  const given: Record<string, string> = {};
  for (const spec of KEYS) {
    const name = flagOf(spec)
      .slice(2)
      .replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
    const value = options[name];
    if (typeof value === 'string') given[spec.key] = value;
  }
  return given;
}

function quiet(program: Program, { out, err }: Streams): Program {
  return program
    .exitOverride()
    .configureOutput({ writeOut: out, writeErr: err })
    .showHelpAfterError('(--help shows what there is)')
    .allowExcessArguments(false);
}
