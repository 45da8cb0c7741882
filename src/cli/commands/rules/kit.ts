// SPDX-License-Identifier: Apache-2.0
/** What the commands of the rule kit share: the folder that is meant, and the opa that is run. */
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Fault } from '../../../errors.ts';
import { rulesCatalogue } from '../../../guardrails/index.ts';
import { neededOpa } from '../../../rule-kit/opa.ts';
import type { CommandDeps, OptionSpec } from '../../command.ts';

export const OPA: OptionSpec = {
  flags: '--opa <path>',
  about: 'the opa program; else TRACEGATE_OPA, one on the PATH, or the one of the checkout',
};
const USUAL_FOLDER = 'guardrails';
export const FOLDER_ARG = {
  syntax: '[folder]',
  about: `the rules: a folder of CATEGORY/RULE; ./${USUAL_FOLDER} when not named`,
};

/** Fault `not-found` (exit 3) where there is no opa. */
export function opaFor({ io, loaded: { config }, out }: CommandDeps): string {
  return neededOpa({ named: config.opa, path: io.env.PATH, say: (line) => out.say(line) });
}

/** The named folder, else ./guardrails; wrong usage where neither is there. */
export function folderOf(named: string | undefined, cwd: string): string {
  const folder = resolve(cwd, named ?? USUAL_FOLDER);
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return folder;
  const how = named === undefined ? 'name the folder of your rules' : 'is the path right?';
  throw new Fault('usage', `${folder} is no folder: ${how} (\`tracegate rules new ID\` makes one)`);
}

/** The shipped rules' ids, and what they are called. */
export function shippedIds(): Map<string, string> {
  return new Map(rulesCatalogue().map(({ id, folder }) => [id, folder]));
}

/** Runs `use` with a directory that is gone afterwards. */
export async function inScratch<T>(use: (work: string) => T | Promise<T>): Promise<T> {
  const work = mkdtempSync(join(tmpdir(), 'tracegate-kit-'));
  try {
    return await use(work);
  } finally {
    if (existsSync(work)) rmSync(work, { recursive: true, force: true });
  }
}

/** What opa said is about the rules, not about us: told whole, with the exit code of a failed check. */
export async function toldOf(work: () => Promise<number>, { out }: CommandDeps): Promise<number> {
  try {
    return await work();
  } catch (thrown) {
    if (thrown instanceof Fault || !(thrown instanceof Error)) throw thrown;
    for (const line of thrown.message.trim().split('\n')) out.say(line);
    return 1;
  }
}
