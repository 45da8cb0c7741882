// SPDX-License-Identifier: Apache-2.0
/** All that a policy says, in sentences: no field of it is left out, so that nobody has to read the document as well. */
import type {
  NormalAction,
  NormalArg,
  NormalHook,
  NormalPolicy,
  NormalSelector,
} from '../model/normal-policy.ts';
import { annotationWords } from './annotations.ts';
import { meaningOf } from './known-calls.ts';
import { readWords } from './parameters.ts';
import { actionWords, filterWords, hookWords, insideWords } from './words.ts';

const ALL = Number.POSITIVE_INFINITY;

/** What one selector does: whom it is about, what happens, and when. */
export function selectorDetails(selector: NormalSelector, hook: NormalHook): string {
  const filters = filterWords(selector, hook, ALL);
  const who = filters.length === 0 ? 'every process' : `a process ${filters.join(' and ')}`;
  const now = selector.actions.map((action) => actionDetails(action, hook));
  const later = selector.returnActions.map(
    (action) => `${actionDetails(action, hook)} when the call returns`,
  );
  return `${who} that ${hookWords(hook)} ${[...now, ...later].join(' and ')}`;
}

function actionDetails(action: NormalAction, hook: NormalHook): string {
  const { rateLimitMs, rateLimitScope = 'thread' } = action;
  const limit =
    rateLimitMs === undefined
      ? ''
      : `, but of equal events only one in ${rateLimitMs / 1000} s for each ${rateLimitScope === 'global' ? 'host' : rateLimitScope}`;
  return `${actionWords(action, hook)}${limit}`;
}

const TYPES: Record<NormalHook['type'], string> = {
  kprobe: 'a function of the kernel',
  tracepoint: 'a tracepoint',
  'raw-tracepoint': 'a raw tracepoint',
  lsm: 'a security check of the kernel',
  uprobe: 'a place in a program',
  usdt: 'a marker of a program',
  loader: 'the mapping of executable files',
};

export function hookDetails(hook: NormalHook): string[] {
  const { type, syscall, args, returnArg, message, tags, program } = hook;
  const meaning = meaningOf(hook);
  return [
    `it hooks ${syscall ? `a system call${hook.abi === undefined ? '' : ` as ${hook.abi} programs make it`}` : TYPES[type]}`,
    ...(meaning === undefined ? [] : [`a process gets there ${meaning}`]),
    ...(hook.object ? ['paths are compared with the file itself, whatever text a call names it by'] : []),
    ...(program?.refCtrOffset ? [`it is counted as a watcher at ${program.refCtrOffset} of the file`] : []),
    ...args.map((arg) => argDetails(arg, hook)),
    ...(hook.return
      ? [`it waits for the return${returnArg ? `, and reads the value as ${returnArg.type}` : ''}`]
      : []),
    ...(hook.returnFollow === undefined
      ? []
      : [`the socket that is returned is ${FOLLOWED[hook.returnFollow]}`]),
    ...(hook.ignoreMissing ? ['a kernel that has no such function leaves this hook out'] : []),
    ...(message === undefined ? [] : [`its events say ${JSON.stringify(message)}`]),
    ...(tags.length === 0
      ? []
      : [`its events have the tags ${tags.map((tag) => JSON.stringify(tag)).join(', ')}`]),
  ];
}

const FOLLOWED = { TrackSock: 'tracked as that process’s own', UntrackSock: 'no longer tracked' } as const;

function argDetails(arg: NormalArg, hook: NormalHook): string {
  const { type, label, sizeArgIndex, returnCopy, maxData } = arg;
  const where = insideWords(arg) ?? readWords(hook, arg);
  if (type === 'nop') return `${where} keeps its place and is not read`;
  return [
    `it reads ${where} as ${type}`,
    ...(label === undefined ? [] : [`and calls it ${JSON.stringify(label)}`]),
    ...(sizeArgIndex > 0 ? [`, ${lengthWords(hook, arg)}`] : []),
    ...(returnCopy ? [', when the call has filled it'] : []),
    ...(maxData ? [', up to 16383 bytes of it'] : []),
  ]
    .join(' ')
    .replaceAll(' ,', ',');
}

const SIZES: Readonly<Record<string, string>> = { char_iovec: 'pieces' };

/** A policy may name the buffer itself, whose address is taken for the size. */
function lengthWords(hook: NormalHook, { index, type, source, sizeArgIndex }: NormalArg): string {
  if (source === undefined && sizeArgIndex === index + 1)
    return 'with its own address for a size, which is none';
  return `as many ${SIZES[type] ?? 'bytes'} as ${sizeWords(hook, sizeArgIndex)} says`;
}

/** The parameter that tells a size, which a policy counts from 1, by the number that it has everywhere else. */
const sizeWords = (hook: NormalHook, sizeArgIndex: number): string =>
  readWords(hook, { index: sizeArgIndex - 1, type: 'size_t' });

/** Options that change how another runtime attaches. */
const OWN_OPTIONS = ['policy-mode'];

/** Whom the fields that narrow it mean is said apart. */
function scopeWords({ kind, namespace, scopes }: NormalPolicy): string {
  const narrowed = scopes.join(' and ');
  if (kind === 'TracingPolicyNamespaced')
    return `It is about the pods of the namespace ${namespace}${narrowed === '' ? '' : `, narrowed by ${narrowed}`}.`;
  return narrowed === ''
    ? 'It is about whole hosts.'
    : `It could be about whole hosts, and is narrowed by ${narrowed}.`;
}

export function policyDetails(policy: NormalPolicy): string[] {
  const { options, labels, mode } = policy;
  return [
    scopeWords(policy),
    ...(mode === undefined ? [] : [`It asks for ${mode} mode.`]),
    ...options
      .filter(({ name }) => !OWN_OPTIONS.includes(name))
      .map(({ name, value }) => `The option ${name} (${value}) changes nothing here.`),
    ...annotationWords(policy),
    ...(policy.hooks.some((hook) => hook.type !== 'tracepoint' && readsByNumber(hook))
      ? ['Arguments are counted from 0: argument 0 is the first one.']
      : []),
    ...(policy.hooks.some((hook) => hook.type === 'tracepoint' && readsByNumber(hook))
      ? ['Fields of a record are counted from 0: the first four are the same at every tracepoint.']
      : []),
    ...(Object.keys(labels).length === 0
      ? []
      : [
          `It is labelled ${Object.entries(labels)
            .map(([name, value]) => `${name}=${value}`)
            .join(', ')}.`,
        ]),
  ];
}

function readsByNumber({ args }: NormalHook): boolean {
  return args.some(({ index, resolve }) => index >= 0 && resolve === undefined);
}
