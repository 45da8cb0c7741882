// SPDX-License-Identifier: Apache-2.0
// The words of docs/language.md that have no table of their own in the code: fields that kernel tests show, and limits.
import { POLICY_LIMITS } from '../../src/model/language/limits.ts';
import { shownBy } from './evidence.ts';
import { code, table } from './markdown.ts';

/** What a policy may say beside types, operators and actions. */
const FIELDS = [
  ...[
    'kprobes',
    'fentries',
    'tracepoints',
    'raw',
    'lsmhooks',
    'uprobes',
    'usdts',
    'enforcers',
    'loader',
    'lists',
  ],
  ...[
    'callNotFound',
    'symbols',
    'offsets',
    'addrs',
    'refCtrOffsets',
    'selectorsMacros',
    'macros',
    'message',
    'tags',
  ],
  ...['label', 'sizeArgIndex', 'maxData', 'returnCopy', 'resolve', 'btfType', 'current_task', 'pt_regs'],
  ...[
    'returnArg',
    'returnArgAction',
    'matchArgs',
    'matchData',
    'matchReturnArgs',
    'matchPIDs',
    'followForks',
  ],
  ...['isNamespacePID', 'matchBinaries', 'followChildren', 'matchParentBinaries', 'matchNamespaces'],
  ...['matchNamespaceChanges', 'matchCapabilities', 'isNamespaceCapability', 'matchCapabilityChanges'],
  ...['matchReturnActions', 'rateLimit', 'rateLimitScope', 'argError', 'argSig', 'argSock', 'argValue'],
  ...['kernelStackTrace', 'userStackTrace'],
];

export const fieldRows = () =>
  table(
    ['field', 'shown by'],
    FIELDS.map((field) => [code(field), shownBy(field)]),
  );

type Limit = keyof typeof POLICY_LIMITS;
const LIMIT_WORDS: Record<Limit, string> = {
  hooks: 'hooks in a policy',
  args: 'arguments a hook reads',
  argIndex: 'index of a function’s argument',
  tracepointField: 'number of a tracepoint’s field',
  markerArg: 'number of a marker’s argument',
  selectors: 'selectors of a hook',
  matches: 'entries of each filter in a selector',
  values: 'values of a filter',
  pids: 'process ids of a filter',
  valueBytes: 'bytes of a value',
  containedBytes: 'bytes of a value of SubString and SubStringIgnCase',
  actions: 'actions of a selector',
  messageBytes: 'bytes of a message',
  tagBytes: 'bytes of a tag',
  hookMatches: 'filters on arguments and results, in all selectors of a hook',
  hookProcessMatches: 'filters on namespaces and capabilities, in all selectors of a hook',
  hookNumbers: 'numbers in all selectors of a hook (a range is two, an address four)',
  hookStrings: 'texts in all selectors of a hook',
  hookWords: 'words of eight bytes that those texts take, each with its NUL',
};

export const limitRows = () =>
  table(
    ['limit', 'at most'],
    Object.entries(POLICY_LIMITS).map(([name, most]) => [LIMIT_WORDS[name as Limit], String(most)]),
  );
