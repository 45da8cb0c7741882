// SPDX-License-Identifier: Apache-2.0
/**
 * The annotation by which a hook on a system call is decided on the file itself and not on the text it is called with.
 * What of the language has such a form; the rest is refused here, so that nobody believes in a stronger filter than there is.
 */
import type { Problem } from '../metadata.ts';
import { suggestion } from '../near-match.ts';
import type { NormalHook, NormalMatch } from '../normal-policy.ts';
import { excerpt } from '../source-text.ts';
import type { Ledger } from './ledger.ts';
import { refuse } from './ledger.ts';

export const MATCH_ANNOTATION = 'tracegate.io/match';
const POINTER = '/metadata/annotations/tracegate.io~1match';
const FORMS: readonly string[] = ['object', 'text'];

/** Which arguments are files that a hook of the kernel is handed when the call is decided. */
// biome-ignore format: a table is read in rows
export const OBJECT_ARGUMENTS: Readonly<Record<string, readonly number[]>> = {
  sys_open: [0], sys_openat: [1], sys_openat2: [1], sys_creat: [0], sys_unlink: [0], sys_unlinkat: [1], sys_rmdir: [0],
  sys_mkdir: [0], sys_mkdirat: [1], sys_mknod: [0], sys_mknodat: [1], sys_link: [0, 1], sys_linkat: [1, 3], sys_symlink: [1], sys_symlinkat: [2],
  sys_rename: [0, 1], sys_renameat: [1, 3], sys_renameat2: [1, 3], sys_chmod: [0], sys_fchmodat: [1], sys_fchmodat2: [1],
  sys_chown: [0], sys_lchown: [0], sys_fchownat: [1], sys_truncate: [0], sys_umount: [0], sys_mount: [1], sys_execve: [0], sys_execveat: [1],
};

const AS_TEXT = 'is text when the call is made: no file is looked up by it';
const NO_MOUNT =
  'the kernel decides it where only the file system of the file is known, not where it is mounted';
/** Text that is a path, and of which no hook has the file. */
const WITHOUT_OBJECT: Readonly<Record<string, Readonly<Record<number, string>>>> = {
  sys_symlink: { 0: `the target of a link ${AS_TEXT}` },
  sys_symlinkat: { 0: `the target of a link ${AS_TEXT}` },
  sys_mount: { 0: 'the source of a mount is handed on as text' },
  sys_setxattr: { 0: NO_MOUNT },
  sys_lsetxattr: { 0: NO_MOUNT },
};

const BEGINNING: readonly NormalMatch['operator'][] = ['Equal', 'NotEqual', 'Prefix', 'NotPrefix'];
const WHOLE: readonly NormalMatch['operator'][] = ['Equal', 'NotEqual'];

/** Why no path of a file is this text or begins with it. */
function valueProblem({ operator }: NormalMatch, value: string): string | undefined {
  if (!BEGINNING.includes(operator)) return undefined;
  if (!value.startsWith('/')) return 'does not begin at the root';
  if (/\/\/|\/\.\.?(\/|$)/.test(value)) return 'is not how a path is spelt: it has //, /. or /.. in it';
  return WHOLE.includes(operator) && value.length > 1 && value.endsWith('/') ? 'ends in a slash' : undefined;
}

function checkMatch(ledger: Ledger, hook: NormalHook, match: NormalMatch): boolean {
  if (match.type !== 'string' && match.type !== 'filename') return false;
  const objects = OBJECT_ARGUMENTS[hook.call];
  const why = WITHOUT_OBJECT[hook.call]?.[match.argIndex];
  const fix =
    'put this hook into a policy without the annotation, or hook a security_ function that is handed the file';
  if (why !== undefined || !objects) {
    const reason = why ?? 'no hook of the kernel is handed a file for it';
    refuse(
      ledger,
      match.path,
      `argument ${match.argIndex} of ${hook.call} has no object form: ${reason}`,
      fix,
    );
    return true;
  }
  if (!objects.includes(match.argIndex)) return false;
  match.values.forEach((value, i) => {
    const problem = valueProblem(match, value);
    const message = `"${excerpt(value)}" ${problem}: the path of a file never is or begins like that`;
    if (problem) refuse(ledger, `${match.path}/values/${i}`, message, 'write the whole path from /');
  });
  return true;
}

/** The hook as it is decided where its policy has the annotation; the same hook where it filters on no path. */
function inObjectForm(ledger: Ledger, hook: NormalHook): NormalHook {
  if (!hook.syscall || hook.type !== 'kprobe') return hook;
  const matches = hook.selectors.flatMap((s) => s.matchArgs);
  if (matches.filter((match) => checkMatch(ledger, hook, match)).length === 0) return hook;
  if (hook.return) {
    const message =
      'a call that is decided on the file is seen where it is decided: what it returns is not known there';
    refuse(ledger, `${hook.path}/return`, message, 'leave return out, or the annotation');
  }
  if (hook.abi === 'i386')
    refuse(
      ledger,
      `${hook.path}/call`,
      'the object form covers every door of a call, not the 32-bit one alone',
      hook.call,
    );
  return { ...hook, object: true };
}

/** Hooks with the form that the policy's annotation asks for. */
export function withForm(
  ledger: Ledger,
  annotations: Readonly<Record<string, string>> | undefined,
  hooks: NormalHook[],
): NormalHook[] {
  const form = annotations?.[MATCH_ANNOTATION];
  if (form === undefined || form === 'text') return hooks;
  const problem = (message: string, fix: string | undefined): Problem => ({
    pointer: POINTER,
    message,
    ...(fix !== undefined && { fix }),
  });
  if (form !== 'object') {
    ledger.problems.push(problem(`"${excerpt(form)}" is no way to match`, suggestion(form, FORMS)));
    return hooks;
  }
  const formed = hooks.map((hook) => inObjectForm(ledger, hook));
  if (!formed.some((hook) => hook.object) && ledger.problems.length === 0)
    ledger.problems.push(
      problem('no system call of the policy is filtered by a path', 'leave the annotation out'),
    );
  return formed;
}
