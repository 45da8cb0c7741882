// SPDX-License-Identifier: Apache-2.0
// docs/language.md: what of TracingPolicy this runtime does. Nothing here is claimed: tables are asked from the code
// that judges, hook and action by handing it a policy.
import { ACTIONS, OPERATORS } from '../../src/model/crd/selector-schema.ts';
import { intakeObject } from '../../src/model/intake.ts';
import { UNSUPPORTED_FIELDS as OUTSIDE_ACTION_FIELDS } from '../../src/model/language/actions.ts';
import { canonicalOperator } from '../../src/model/language/arg-types.ts';
import { HASHED_HOOKS } from '../../src/model/language/hashes.ts';
import { MATCH_ANNOTATION, OBJECT_ARGUMENTS } from '../../src/model/language/object-form.ts';
import { REFUSED_ACTIONS } from '../../src/model/language/refusals.ts';
import { shownBy } from './evidence.ts';
import { FLOODS } from './floods.ts';
import { fieldRows, limitRows } from './language-fields.ts';
import { refusedTypes, typeRows } from './language-types.ts';
import { code, codes, page, table } from './markdown.ts';
import { workloads } from './workloads.ts';

const SIDES = {
  'kprobe on a function': { kprobes: [{ call: 'tcp_connect', syscall: false }] },
  'kprobe on a system call': { kprobes: [{ call: 'sys_symlinkat', syscall: true }] },
  tracepoint: { tracepoints: [{ subsystem: 'sched', event: 'sched_process_exit' }] },
  'LSM hook': { lsmhooks: [{ hook: 'file_open' }] },
  'function of a program': { uprobes: [{ path: '/bin/bash', symbols: ['readline'] }] },
  'marker of a program': { usdts: [{ path: '/bin/node', provider: 'node', name: 'gc__start' }] },
  'raw tracepoint': { tracepoints: [{ subsystem: 'sched', event: 'sched_process_exit', raw: true }] },
};
const PARAMETERS: Record<string, object> = {
  Override: { argError: -1 },
  Signal: { argSig: 15 },
  NotifyEnforcer: { argError: -1 },
};

/** What an action acts on has to be among the arguments. */
const ARGUMENTS: Record<string, object> = {
  TrackSock: { args: [{ index: 0, type: 'sock' }] },
  UntrackSock: { args: [{ index: 0, type: 'sock' }] },
  Set: { args: [{ index: 0, type: 'int' }] },
};

function takes(section: object, action: string): boolean {
  const hook = (entry: object) => ({
    ...entry,
    ...ARGUMENTS[action],
    selectors: [{ matchActions: [{ action, ...PARAMETERS[action] }] }],
  });
  const spec = Object.fromEntries(
    Object.entries(section).map(([key, entries]) => [key, (entries as object[]).map(hook)]),
  );
  const document = {
    apiVersion: 'cilium.io/v1alpha1',
    kind: 'TracingPolicy',
    metadata: { name: 'asked' },
    spec: { ...spec, ...(action === 'NotifyEnforcer' && { enforcers: [{ calls: ['sys_symlinkat'] }] }) },
  };
  return intakeObject(document).valid;
}

const aliasOf = (operator: string) =>
  OPERATORS.filter((o) => o !== operator && canonicalOperator(o) === operator);

const reasons = (refused: typeof REFUSED_ACTIONS) =>
  table(
    ['refused', 'because', 'instead'],
    Object.entries(refused).map(([name, { why, fix }]) => [code(name), why, fix]),
  );

export function languagePage(): string {
  const supported = ACTIONS.filter((action) => Object.values(SIDES).some((side) => takes(side, action)));
  const outside = <T extends string>(all: readonly T[], has: (name: T) => boolean) =>
    codes(all.filter((name) => !has(name)));
  return page('The language', 'setup/build-reference.mjs, from src/model', [
    'What of TracingPolicy this version does. The CRD accepts all that the field writes; what lies outside of this page is',
    'refused at submission (422, `TPG-001`), naming the field. Nothing is ever ignored.',
    '',
    '## Hooks and actions',
    '',
    ...table(
      ['', ...Object.keys(SIDES), 'shown by'],
      supported.map((action) => [
        code(action),
        ...Object.values(SIDES).map((side) => (takes(side, action) ? 'yes' : 'no')),
        shownBy(action),
      ]),
    ),
    '',
    'Whether a host can do an accepted action, and with which guarantee, is another question: `tracegate explain` and',
    '`tracegate policy status` answer it. `Signal` takes `argSig`, `Override` takes `argError` (-1 to -4095).',
    '`Post` takes `rateLimit` (`30`, `30s`, `5m`, `1h`) with `rateLimitScope` (`thread`, `process`, `global`): of events that are',
    'equal in the first 128 bytes of each value, one goes through in that time. Kills and denials are told each time.',
    '',
    '`kernelStackTrace` and `userStackTrace` of a `Post` add the functions that led to the call, innermost first, up to 127, by name and',
    'offset and never by address: on all hooks, but at places of programs (uprobes, usdts) only those of the program. The kernel’s names',
    'need an agent that may see them (`CAP_SYSLOG`). A program is walked by its frame pointers, so one built without them shows little more',
    'than its first function; its files and names are looked up when the event is read, and are `[unknown]` where it has ended by then.',
    '',
    `\`imaHash\` of a \`Post\` adds the digest of the file that an LSM hook is about, as the kernel’s integrity measurement makes it:`,
    `${codes(Object.keys(HASHED_HOOKS))}. It needs a kernel with \`CONFIG_IMA\`, and reads the whole file of each`,
    'call that matches. Such a hook is not asked about a call that another policy has denied before it.',
    '',
    '`fentries` are done as `kprobes` are. `NotifyEnforcer` is done as the `Override` and `Signal` it asks for, in the call where it is',
    'decided: a kprobe on one of the `enforcers` calls, or `raw_syscalls/sys_enter` with a filter naming them, which becomes a hook on each.',
    '`CleanupEnforcerNotification` has nothing to clean up.',
    '`TrackSock` and `UntrackSock` take `argSock`, a position in `args`; as `returnArgAction` they are about the socket that a call',
    'returns (`returnArg` of type `sock`). Events of the policy on a tracked socket, whatever process they come from, are told of the one',
    'that was running when it was tracked; one made of a tracked socket (a connection, by a hook on what makes it) belongs to the same.',
    '`Set` writes `argValue`, four bytes, where the marker’s argument at `argIndex`, a position in `args`, lies in memory.',
    'A socket is known by its address, and 16384 are remembered: a host-wide policy untracks where sockets are freed.',
    '',
    `Refused actions: ${outside(ACTIONS, (a) => supported.includes(a))}.`,
    `Refused with any action: ${codes(OUTSIDE_ACTION_FIELDS)}.`,
    '',
    ...reasons(REFUSED_ACTIONS),
    '',
    '## Argument types',
    '',
    ...typeRows(),
    '',
    `\`GT\` is also written ${codes(aliasOf('GT'))}, \`LT\` ${codes(aliasOf('LT'))}.`,
    'A return value (`returnArg`) is a number; that of a function of the kernel may be anything it returns a pointer to (`string`, `file`,',
    '`dentry`, `cred`, `sock`, a `char_buf` with `sizeArgIndex` …) or an `fd`, that of a system call an `fd`, that of a function of a program a',
    '`string` or an `fd`; `matchReturnArgs` takes the operators of that type. A tracepoint has no `file`, `path` or `filename` in its record.',
    '',
    '`resolve` names a member behind the argument (functions, LSM hooks, raw tracepoints), in up to ten steps; `btfType` another structure',
    'to start from. `data` (kprobes, uprobes) reads the running task (`current_task`) or, of system calls and programs, its registers',
    '(`pt_regs`); an LSM hook reads `current_task` among its `args`. `btfTypeModule`, and paths through structures of programs, are refused.',
    '',
    '`returnCopy` reads a `char_buf` when the call returns, as many bytes as it returns (`read`), with or without `return: true`; `maxData` takes up to 16383 bytes of a',
    '`char_buf` or `iov_iter` instead of 4095, where the values before it leave room. `SubStringIgnCase` takes the letters of ASCII alike.',
    '',
    '`auto`, or no type at all, is for fields of tracepoints and for values behind `resolve`: filters on it are looked at again when the host',
    'says what it is. Text and arrays in the record itself are read there: `string`, `data_loc`, `const_buf` (told as numbers where they are',
    'long). The name of a unix socket ends where the length that is handed on beside the address says.',
    '',
    ...refusedTypes(),
    '',
    '## Selectors',
    '',
    'Done: `matchArgs`, `matchData`, `matchReturnArgs`, `matchPIDs` (`In`, `NotIn`, `followForks`, `isNamespacePID`), `matchBinaries`',
    '(`In`, `NotIn` with whole paths, `Prefix`, `NotPrefix`, `Postfix`, `NotPostfix`; `In` and `NotIn` with `followChildren`), `matchParentBinaries` (the program that made the process, or that',
    'it ran before its last exec, with `followChildren` also what that comes from; of a process older than the policy, its parent now), `matchNamespaces` (inode numbers and `host_ns`), `matchCapabilities` (with',
    '`isNamespaceCapability`: only processes outside of the initial user namespace), `matchNamespaceChanges`,',
    '`matchCapabilityChanges` (against what the process was when it was made or at its last exec; one older than the policy, when it',
    'is first looked at; a hook that only tells tells a change once), `matchActions`, `matchReturnActions`. The',
    'first selector that matches acts; `macros` puts the lists of `selectorsMacros` into a selector; all filters of a selector, and all entries of a filter, have to hold.',
    '',
    '`InMap` and `NotInMap` on a `syscall64` take `list:NAME` of a list of type `syscalls` or `generated_syscalls` (every call the',
    "host's kernel has for 64-bit programs). Lists of type `generated_ftrace` are refused.",
    '',
    '`args: [N]` in a filter is the position in `args` (or `data`) and outranks `index`: for arguments that are read twice.',
    '',
    ...table(
      ['operator', 'also written', 'shown by'],
      OPERATORS.filter((operator) => canonicalOperator(operator) === operator).map((operator) => [
        code(operator),
        codes(aliasOf(operator)),
        shownBy(operator, ...aliasOf(operator)),
      ]),
    ),
    '',
    '`SPortPriv`, `DPortPriv` and their negations stand for the ports below 1024 and take no values of their own. *Shown by* names kernel',
    'tests that put the word into a policy and see it work, on each of the lab’s kernels that can do it.',
    '',
    ...fieldRows(),
    '',
    `Refused operators: ${outside(OPERATORS, (operator) => canonicalOperator(operator) !== undefined)}.`,
    'Refused: `matchWorkloads` in a macro.',
    '',
    '## Policy',
    '',
    '`loader: true` tells each executable file that a process maps, with its build id, once of each process; nothing narrows it.',
    '',
    'Of the `options`, `policy-mode` says whether the policy enforces; `disable-kprobe-multi`, `disable-uprobe-multi` and `override-method` say',
    'how Tetragon attaches, and change nothing here: the host takes the mechanism that keeps what was asked. `sleepable-preload-size` is refused.',
    '',
    ...objectForm(),
    '',
    ...FLOODS,
    ...workloads(),
    '',
    ...limitRows(),
  ]);
}

/** The annotation that means files, and the calls that have such a form. */
function objectForm(): string[] {
  const calls = Object.entries(OBJECT_ARGUMENTS).map(([call, at]) => `\`${call}\` (${at.join(', ')})`);
  return [
    `The annotation \`${MATCH_ANNOTATION}: object\` decides hooks on system calls that filter by a path on the file itself: its path in the mount`,
    'namespace is compared, whatever the call names it by (relative, `..`, `/proc/self/root`, links, a chroot, a descriptor, `fchmod` for `chmod`).',
    'Values of `Equal` and `Prefix` are whole paths; one that leads through a link also means what it leads to when the policy is loaded. A file',
    'that `Equal` names and that is there then is also known by its inode: by another hard link or mount it is the same. Calls (and the arguments',
    'that are files):',
    '',
    `${calls.join(', ')}.`,
    '',
    'Anything else is refused with the annotation, `return: true` too. `explain` and the status say of each hook `text` or `object`, and what still passes.',
  ];
}
