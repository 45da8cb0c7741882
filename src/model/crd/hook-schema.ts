// SPDX-License-Identifier: Apache-2.0
/** `spec`: the hook types and what stands beside them. */
import {
  choice,
  flag,
  int64,
  list,
  position,
  record,
  type Schema,
  text,
  withDefault,
} from './schema-parts.ts';
import { HOST_SELECTOR, LABEL_SELECTOR, SELECTOR } from './selector-schema.ts';

export const ARG_TYPES = [
  'auto',
  'int',
  'sint8',
  'int8',
  'uint8',
  'sint16',
  'int16',
  'uint16',
  'uint32',
  'sint32',
  'int32',
  'ulong',
  'uint64',
  'size_t',
  'long',
  'sint64',
  'int64',
  'char_buf',
  'char_iovec',
  'skb',
  'sock',
  'sockaddr',
  'socket',
  'sockaddr_un',
  'string',
  'fd',
  'file',
  'filename',
  'path',
  'nop',
  'bpf_attr',
  'perf_event',
  'bpf_map',
  'user_namespace',
  'capability',
  'kiocb',
  'iov_iter',
  'cred',
  'const_buf',
  'load_info',
  'module',
  'syscall64',
  'kernel_cap_t',
  'cap_inheritable',
  'cap_permitted',
  'cap_effective',
  'linux_binprm',
  'data_loc',
  'net_device',
  'bpf_cmd',
  'dentry',
  'bpf_prog',
] as const;

const ARG = record({
  btfType: text('Type the resolve path starts at.'),
  btfTypeModule: text('Kernel module that knows btfType.'),
  'index!': position('Number of the parameter, from 0.'),
  label: text('Name of the argument in events.'),
  maxData: withDefault(flag('char_buf: take as much as can be had.'), false),
  resolve: withDefault(text('Path inside the type.'), ''),
  returnCopy: withDefault(flag('Read the buffer at return.'), false),
  sizeArgIndex: position('1-based parameter that holds the size; 0 for none.'),
  source: text('Entries of data: where the value is taken from.'),
  'type!': withDefault(choice(ARG_TYPES, 'How the parameter is read.'), 'auto'),
});

const ARGS = list(ARG, 'What is read and reported, in this order.');
const DATA = list(ARG, 'Values read from elsewhere than the parameters.');
const SELECTORS = list(SELECTOR, 'Tried in order; the first that matches acts.');
const TAGS = list(text(), 'Marks carried by each event.', 16);
const MESSAGE = text('Text carried by each event.');
const RETURN = withDefault(flag('Also report the return value.'), false);
const RETURN_NEEDS_ARG = {
  rule: '!(has(self.return) && self.return) || has(self.returnArg)',
  message: 'return: true needs a returnArg, such as {index: 0, type: int}',
};

const KPROBE = record(
  {
    args: ARGS,
    'call!': text('Kernel function, or list:NAME.'),
    data: DATA,
    ignore: record({ callNotFound: flag('Leave the hook out where the function is missing.') }),
    message: MESSAGE,
    return: RETURN,
    returnArg: ARG,
    returnArgAction: text('What is done with the return value.'),
    selectors: SELECTORS,
    syscall: withDefault(flag('The function is the entry of a system call.'), true),
    tags: TAGS,
  },
  { 'x-kubernetes-validations': [RETURN_NEEDS_ARG] },
);

const TRACEPOINT = record({
  args: ARGS,
  'event!': text('Name of the event.'),
  message: MESSAGE,
  raw: flag('Read the raw parameters instead of the event record.'),
  selectors: SELECTORS,
  'subsystem!': text('Subsystem of the event.'),
  tags: TAGS,
});

const LSM_HOOK = record({
  args: ARGS,
  'hook!': text('LSM hook.'),
  message: MESSAGE,
  selectors: SELECTORS,
  tags: TAGS,
});

const UPROBE = record(
  {
    addrs: list(int64(), 'Virtual addresses.'),
    args: ARGS,
    binaryDigests: list(text(), 'Accepted digests of the file, algorithm:hex.'),
    btfPath: text('BTF file of the program.'),
    data: DATA,
    ignore: record({ digestVerificationFailure: flag('Leave the hook out where no digest fits.') }),
    message: MESSAGE,
    offsets: list(int64(), 'File offsets.'),
    'path!': text('Program or library.'),
    refCtrOffsets: list(int64(), 'Offsets of reference counters.'),
    return: RETURN,
    returnArg: ARG,
    selectors: SELECTORS,
    symbols: list(text(), 'Function names.'),
    tags: TAGS,
  },
  {
    'x-kubernetes-validations': [
      {
        rule: '(has(self.symbols) ? 1 : 0) + (has(self.addrs) ? 1 : 0) + (has(self.offsets) ? 1 : 0) <= 1',
        message: 'give only one of symbols, addrs and offsets',
      },
      RETURN_NEEDS_ARG,
    ],
  },
);

const USDT = record({
  args: ARGS,
  btfPath: text('BTF file of the program.'),
  message: MESSAGE,
  'name!': text('Name of the marker.'),
  'path!': text('Program or library.'),
  'provider!': text('Provider of the marker.'),
  selectors: SELECTORS,
  tags: TAGS,
});

const LIST = record({
  'name!': text('What list:NAME refers to.'),
  pattern: text('generated_ftrace: regular expression.'),
  type: choice(
    ['syscalls', 'generated_syscalls', 'generated_ftrace'],
    'What the values are; plain symbols when absent.',
  ),
  validated: flag('Internal mark.'),
  values: list(text(), 'The members.'),
});

const SPEC_FIELDS: Record<string, Schema> = {
  containerSelector: LABEL_SELECTOR,
  enforcers: list(
    record({ 'calls!': list(text(), 'Functions, or list:NAME.') }),
    'Functions in which a notified action is carried out.',
  ),
  fentries: list(KPROBE, 'Hooks on kernel functions by fentry.'),
  hostSelector: HOST_SELECTOR,
  kprobes: list(KPROBE, 'Hooks on kernel functions.'),
  lists: list(LIST, 'Named lists of functions.'),
  loader: flag('Report loading of executables.'),
  lsmhooks: list(LSM_HOOK, 'Hooks on LSM functions.'),
  nodeSelector: LABEL_SELECTOR,
  options: list(
    record({ 'name!': text('Name of the option.'), value: text('Its value.') }),
    'Settings of this policy.',
  ),
  podSelector: LABEL_SELECTOR,
  selectorsMacros: {
    type: 'object',
    description: 'Selectors to be merged by name.',
    additionalProperties: SELECTOR,
  },
  tracepoints: list(TRACEPOINT, 'Hooks on tracepoints.'),
  uprobes: list(UPROBE, 'Hooks on user-space functions.'),
  usdts: list(USDT, 'Hooks on user-space markers.'),
};

export const CLUSTER_SPEC = record(SPEC_FIELDS, { description: 'What is hooked and what happens there.' });
export const NAMESPACED_SPEC: Schema = {
  ...CLUSTER_SPEC,
  'x-kubernetes-validations': [
    { rule: '!has(self.hostSelector)', message: 'a namespaced policy has no hostSelector' },
  ],
};
