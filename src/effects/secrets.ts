// SPDX-License-Identifier: Apache-2.0
/** What of the values a hook reports may be somebody's secret: passwords, keys, letters. */
import type { NormalArg, NormalHook } from '../model/normal-policy.ts';
import { argumentWords } from './parameters.ts';

/** Bytes that somebody reads, writes or sends. */
const CONTENT: readonly string[] = ['char_buf', 'iov_iter'];
/** Calls that are handed keys and tokens in text. */
const KEYS =
  /^(sys_(add_key|keyctl|request_key)|key_create_or_update|keyctl_.*|request_key.*|user_(update|read))$/;
/** Programs that hand over what somebody types. */
const TYPED = /:(readline|getpass|PAM_|pam_|SSL_(read|write)|gnutls_record_(recv|send)|PR_(Read|Write))/i;
const EXECUTED = /^(sys_execve(at)?|security_bprm_.*)$/;

export function secretsOf(hook: NormalHook): string[] {
  const { call, args, returnArg, type } = hook;
  const read = returnArg ? [...args, returnArg] : args;
  const texts = read.filter((arg) => arg.type === 'string' || arg.type === 'char_buf');
  return [
    ...read
      .filter((arg) => CONTENT.includes(arg.type))
      .map((arg) => `${named(hook, arg)}: what is read, written or sent`),
    ...(KEYS.test(call) ? texts.map((arg) => `${named(hook, arg)}: a key, or what one is found by`) : []),
    ...(type === 'uprobe' && TYPED.test(call)
      ? texts.map((arg) => `${named(hook, arg)}: what somebody types or sends`)
      : []),
    ...(EXECUTED.test(call) ? ['the command line of the program, which may hold passwords and tokens'] : []),
  ];
}

function named(hook: NormalHook, arg: NormalArg): string {
  return arg.label === undefined ? argumentWords(hook, arg) : `"${arg.label}"`;
}
