// SPDX-License-Identifier: Apache-2.0
/** `resolve`, `btfType` and `source` of an argument: a value that lies behind it, in the running task or in a register. */
import type { ArgSpec } from '../document.ts';
import { FIELD_STEPS_MAX, fieldSteps } from '../field-path.ts';
import { suggestion } from '../near-match.ts';
import type { HookType, NormalArg, ValueSource } from '../normal-policy.ts';
import { REGISTER_NAMES, registerNamed } from '../registers.ts';
import { excerpt } from '../source-text.ts';
import { ARG_TYPE_TABLE } from './arg-types.ts';
import { type Ledger, refuse, refuseFor } from './ledger.ts';

type Resolved = Pick<NormalArg, 'resolve' | 'btfType' | 'source'>;
const STRUCTURE = /^[A-Za-z_]\w{0,126}$/;
const SOURCES: readonly ValueSource[] = ['current_task', 'pt_regs'];
const REGISTER_BYTES = 8;

const OF_MODULES = {
  why: 'the types of modules are not read, only those of the kernel itself',
  fix: 'use a structure that the kernel itself has, or leave it out',
};

/** `source` has been looked at. */
export function resolvedBy(
  ledger: Ledger,
  hook: HookType,
  spec: ArgSpec,
  source: ValueSource | undefined,
  pointer: string,
): Resolved {
  const { resolve: path = '', btfType = '', btfTypeModule = '' } = spec as Record<string, string>;
  if (btfTypeModule !== '') refuseFor(ledger, `${pointer}/btfTypeModule`, 'btfTypeModule', OF_MODULES);
  if (path === '') {
    if (btfType !== '')
      refuse(
        ledger,
        `${pointer}/btfType`,
        'btfType says nothing without resolve',
        'add resolve, or leave it out',
      );
    return {};
  }
  const at = `${pointer}/resolve`;
  if (source === 'pt_regs') checkRegister(ledger, spec, path, at);
  else checkPath(ledger, path, at);
  if (source !== undefined && btfType !== '')
    refuse(ledger, `${pointer}/btfType`, `${source} has a type of its own`, 'leave btfType out');
  else if (btfType !== '' && !STRUCTURE.test(btfType))
    refuse(
      ledger,
      `${pointer}/btfType`,
      `"${excerpt(btfType)}" names no structure`,
      'write a name without struct, such as task_struct',
    );
  if (source === undefined) checkStart(ledger, hook, at);
  return { resolve: path, ...(btfType !== '' && { btfType }), ...(source && { source }) };
}

function checkPath(ledger: Ledger, path: string, pointer: string): void {
  const steps = fieldSteps(path);
  if (!steps)
    refuse(
      ledger,
      pointer,
      `"${excerpt(path)}" is no path inside a structure`,
      'write members with dots between them, and indexes in brackets: f_path.dentry.d_name.name, groups[0].val',
    );
  else if (steps.length > FIELD_STEPS_MAX)
    refuse(
      ledger,
      pointer,
      `the path has ${steps.length} steps, at most ${FIELD_STEPS_MAX} are possible`,
      'start nearer to the value, by btfType or another argument',
    );
}

/** Whether what the hook is handed can be followed. */
function checkStart(ledger: Ledger, hook: HookType, pointer: string): void {
  if (hook === 'tracepoint')
    refuse(ledger, pointer, "a tracepoint's record has no structures to look into", 'use raw: true');
  if (hook === 'uprobe' || hook === 'usdt')
    refuse(
      ledger,
      pointer,
      "the structures of programs are not known here, only the kernel's",
      'read a register by source: pt_regs, or the argument itself',
    );
}

function checkRegister(ledger: Ledger, { type = '' }: ArgSpec, name: string, pointer: string): void {
  const register = registerNamed(name);
  if (!register) {
    const fix = suggestion(name, REGISTER_NAMES);
    refuse(
      ledger,
      pointer,
      `"${excerpt(name)}" is no register of x86-64`,
      fix.startsWith('did') ? fix : 'write rdi, esi, r10 or rip',
    );
    return;
  }
  const known = ARG_TYPE_TABLE[type === 'string' ? type : (type ?? '')];
  const text = type === 'string';
  if (text && register.sizeBytes < REGISTER_BYTES)
    refuse(ledger, pointer, `${name} is too narrow for an address`, `use ${register.of}`);
  if (!text && known && known.class !== 'number')
    refuse(
      ledger,
      pointer,
      `a register holds a number, or the address of a string, not a ${type}`,
      'use uint64 or string',
    );
}

/** `source` of an argument or of an entry of data. */
export function sourceOf(
  ledger: Ledger,
  { source, resolve = '' }: ArgSpec,
  allowed: readonly ValueSource[],
  pointer: string,
): ValueSource | undefined {
  if (source === undefined || source === '') return undefined;
  const known = SOURCES.find((name) => name === source);
  if (known === undefined || !allowed.includes(known)) {
    const written = `"${excerpt(String(source))}"`;
    refuse(
      ledger,
      `${pointer}/source`,
      known ? `${known} is no source of this argument` : `there is no source ${written}`,
      allowed.length > 0 ? `use ${allowed.join(' or ')}` : 'put it into data of a kprobe or uprobe',
    );
    return undefined;
  }
  if (resolve === '')
    refuse(
      ledger,
      pointer,
      `a value of ${known} is named by resolve`,
      known === 'pt_regs' ? 'add resolve: rdi' : 'add resolve: cred.uid.val',
    );
  return known;
}
