// SPDX-License-Identifier: Apache-2.0
/** Ways to write one policy otherwise without changing what it means. Each takes a document of its own and may change it. */
import { ARG_TYPE_TABLE, canonicalType } from '../../src/model/language/arg-types.ts';

export type Doc = { metadata: Record<string, unknown>; spec: Spec; [key: string]: unknown };
type Row = Record<string, unknown>;
type Spec = Record<string, unknown>;
export type Rewrite = (document: Doc) => Doc;

const SECTIONS = ['kprobes', 'fentries', 'tracepoints', 'lsmhooks', 'uprobes', 'usdts'];
const FILTERS = ['matchArgs', 'matchReturnArgs', 'matchData'];
const LISTS = [
  ...['matchPIDs', 'matchBinaries', 'matchParentBinaries', 'matchNamespaces', 'matchCapabilities'],
  ...['matchNamespaceChanges', 'matchCapabilityChanges'],
];

const rows = (value: unknown): Row[] => (Array.isArray(value) ? (value as Row[]) : []);
const hooksOf = ({ spec }: Doc, sections = SECTIONS): Row[] => sections.flatMap((name) => rows(spec[name]));
const macrosOf = ({ spec }: Doc): Row[] => Object.values((spec.selectorsMacros ?? {}) as Record<string, Row>);
const selectorsOf = (document: Doc): Row[] => [
  ...hooksOf(document).flatMap((hook) => rows(hook.selectors)),
  ...macrosOf(document),
];
const listsOf = (selector: Row, names: readonly string[]) => names.flatMap((name) => rows(selector[name]));

function each(find: (document: Doc) => Row[], change: (row: Row) => void): Rewrite {
  return (document) => {
    find(document).forEach(change);
    return document;
  };
}

/** The type of what a filter looks at; undefined where it is not plain to see. */
function typeAt(hook: Row, filter: Row, name: string): string | undefined {
  const among = rows(
    name === 'matchReturnArgs' ? [hook.returnArg] : name === 'matchData' ? hook.data : hook.args,
  );
  const index = filter.index ?? 0;
  const arg =
    name === 'matchReturnArgs'
      ? among[0]
      : name === 'matchData'
        ? among[index as number]
        : (among.find((one) => one?.index === index) ?? (hook.event ? among[index as number] : undefined));
  return typeof arg?.type === 'string' ? canonicalType(arg.type) : undefined;
}

type Change = (value: string, type: string, operator: string) => string;

/** Rewrites values of filters on arguments, knowing the type and the operator. */
function values(change: Change): Rewrite {
  return each(hooksOf, (hook) => {
    for (const selector of rows(hook.selectors))
      for (const name of FILTERS)
        for (const filter of rows(selector[name])) changeValues(filter, typeAt(hook, filter, name), change);
  });
}

function changeValues(filter: Row, type: string | undefined, change: Change): void {
  if (type === undefined || !Array.isArray(filter.values)) return;
  filter.values = filter.values.map((value) => change(String(value), type, String(filter.operator)));
}

const NUMBER_OPERATORS =
  /^(Equal|NotEqual|GT|LT|GreaterThan|LessThan|Mask|InRange|NotInRange|InMap|NotInMap)$/;
const PART_NUMBERS = /^(Not)?[SD]Port$/;

const inBase = (write: (number: bigint) => string): Rewrite =>
  values((value, type, operator) => {
    const numeric = NUMBER_OPERATORS.test(operator) && ARG_TYPE_TABLE[type]?.class === 'number';
    if (!numeric && !PART_NUMBERS.test(operator)) return value;
    return value
      .split(':')
      .map((part) => {
        if (!/^-?(0|[1-9]\d*)$/.test(part)) return part;
        const number = BigInt(part);
        return number < 0n ? `-${write(-number)}` : write(number);
      })
      .join(':');
  });

const text = (change: (value: string) => string): Rewrite =>
  values((value, type, operator) =>
    ARG_TYPE_TABLE[type]?.class === 'text' && /^(Not)?(Equal|Postfix)$/.test(operator)
      ? change(value)
      : value,
  );

const ofAddresses = (change: (value: string) => string): Rewrite =>
  values((value, _type, operator) => (operator.endsWith('Addr') ? change(value) : value));

const HOST_INODES: Record<string, string> = {
  ...{ Pid: '4026531836', Uts: '0xeffffffe', Ipc: '4026531839', User: '4026531837' },
  ...{ Cgroup: '4026531835', PidForChildren: '4026531836' },
};
const ALIASES: Record<string, string[]> = {
  int: ['int32', 'sint32'],
  int64: ['long', 'sint64'],
  uint64: ['ulong'],
  int8: ['sint8'],
};

const reversedKeys = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(reversedKeys);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, member]) => [key, reversedKeys(member)]),
  );
};

const respelt =
  (prefix: string) =>
  (name: string): string =>
    /^sys_[a-z0-9_]+$/.test(name) ? `${prefix}${name}` : name;

/** Every system call, wherever it is named, under a longer name. */
const calls =
  (prefix: string): Rewrite =>
  (document) => {
    const { spec } = document;
    const spell = respelt(prefix);
    for (const hook of rows(spec.kprobes)) hook.call = spell(String(hook.call));
    for (const enforcer of rows(spec.enforcers)) enforcer.calls = (enforcer.calls as string[]).map(spell);
    for (const list of rows(spec.lists)) if (list.values) list.values = (list.values as string[]).map(spell);
    return document;
  };

const positioned = (selector: Row): boolean =>
  [...rows(selector.matchActions), ...rows(selector.matchReturnActions)].some(
    ({ argSock, argIndex }) => argSock !== undefined || argIndex !== undefined,
  ) || rows(selector.matchArgs).some(({ operator }) => operator === 'CapabilitiesGained');

function listInline(document: Doc): Doc {
  const lists = rows(document.spec.lists);
  document.spec.kprobes = rows(document.spec.kprobes).flatMap((hook) => {
    const list = lists.find(({ name }) => `list:${String(name)}` === hook.call);
    if (!Array.isArray(list?.values)) return [hook];
    const syscall = list.type === 'syscalls' || hook.syscall !== false;
    return list.values.map((call) => ({ ...structuredClone(hook), call, syscall }));
  });
  return document;
}

function inlineList(document: Doc): Doc {
  const lists = rows(document.spec.lists);
  for (const [index, hook] of rows(document.spec.kprobes).entries()) {
    if (String(hook.call).startsWith('list:')) continue;
    lists.push({ name: `of-one-${index}`, values: [hook.call] });
    hook.call = `list:of-one-${index}`;
  }
  if (lists.length > 0) document.spec.lists = lists;
  return document;
}

function intoMacros(document: Doc): Doc {
  const macros = (document.spec.selectorsMacros ?? {}) as Record<string, Row>;
  for (const [h, hook] of hooksOf(document).entries())
    for (const [s, selector] of rows(hook.selectors).entries()) {
      const notifies = rows(selector.matchActions).some(({ action }) => action === 'NotifyEnforcer');
      const { macros: used, label, ...filters } = selector;
      if (used !== undefined || label !== undefined || notifies || filters.matchWorkloads) continue;
      if (Object.keys(filters).length === 0) continue;
      for (const field of Object.keys(filters)) delete selector[field];
      macros[`m${h}-${s}`] = filters;
      selector.macros = [`m${h}-${s}`];
    }
  if (Object.keys(macros).length > 0) document.spec.selectorsMacros = macros;
  return document;
}

function outOfMacros(document: Doc): Doc {
  const macros = (document.spec.selectorsMacros ?? {}) as Record<string, Row>;
  for (const hook of hooksOf(document))
    for (const selector of rows(hook.selectors)) {
      for (const name of (selector.macros ?? []) as string[])
        Object.assign(selector, structuredClone(macros[name]));
      delete selector.macros;
    }
  delete document.spec.selectorsMacros;
  return document;
}

function asFentries(document: Doc): Doc {
  const { spec } = document;
  const kprobes = rows(spec.kprobes);
  const moved = kprobes.filter(({ syscall, call }) => syscall === false && !String(call).startsWith('list:'));
  if (moved.length === 0) return document;
  spec.kprobes = kprobes.filter((hook) => !moved.includes(hook));
  spec.fentries = [...rows(spec.fentries), ...moved];
  return document;
}

function defaults(document: Doc): Doc {
  for (const hook of hooksOf(document, ['kprobes', 'fentries'])) {
    hook.syscall ??= true;
    hook.return ??= false;
  }
  for (const hook of hooksOf(document)) hook.selectors ??= [];
  for (const selector of hooksOf(document).flatMap((hook) => rows(hook.selectors))) {
    if (selector.macros === undefined && rows(selector.matchActions).length === 0)
      selector.matchActions = [{ action: 'Post' }];
    for (const pids of rows(selector.matchPIDs)) {
      pids.followForks ??= false;
      pids.isNamespacePID ??= false;
    }
    for (const capabilities of rows(selector.matchCapabilities)) {
      capabilities.type ??= 'Effective';
      capabilities.isNamespaceCapability ??= false;
    }
    for (const filter of rows(selector.matchArgs)) filter.index ??= 0;
  }
  return document;
}

const filtersOf = (document: Doc) =>
  selectorsOf(document).flatMap((selector) => listsOf(selector, [...FILTERS, ...LISTS]));
const actionsOf = (document: Doc) =>
  selectorsOf(document).flatMap((selector) => listsOf(selector, ['matchActions', 'matchReturnActions']));

export const REWRITES: Record<string, Rewrite> = {
  'keys in another order': (document) => reversedKeys(document) as Doc,
  'hooks in another order': each(
    ({ spec }) => [spec],
    (spec) => {
      for (const name of SECTIONS) if (spec[name]) spec[name] = rows(spec[name]).reverse();
    },
  ),
  'filters in another order': each(selectorsOf, (selector) => {
    for (const name of [...FILTERS, ...LISTS])
      if (selector[name]) selector[name] = rows(selector[name]).reverse();
  }),
  'actions in another order': each(selectorsOf, (selector) => {
    for (const name of ['matchActions', 'matchReturnActions'])
      if (selector[name]) selector[name] = rows(selector[name]).reverse();
  }),
  'values in another order': each(filtersOf, (filter) => {
    if (filter.values) filter.values = [...(filter.values as unknown[])].reverse();
  }),
  'values twice': each(filtersOf, (filter) => {
    if (filter.values) filter.values = [...(filter.values as unknown[]), ...(filter.values as unknown[])];
  }),
  'arguments in another order': each(
    (document) => hooksOf(document, ['kprobes', 'fentries', 'lsmhooks']),
    (hook) => {
      const args = rows(hook.args);
      // a filter on an index means the first of its arguments
      const alone = new Set(args.map(({ index }) => index)).size === args.length;
      if (hook.args && alone && !rows(hook.selectors).some(positioned)) hook.args = args.reverse();
    },
  ),
  'lists in another order': each(
    ({ spec }) => rows(spec.lists),
    (list) => {
      if (list.values) list.values = [...(list.values as unknown[])].reverse();
    },
  ),
  'defaults written out': defaults,
  'calls as __x64_sys': calls('__x64_'),
  'calls as x64/sys': calls('x64/'),
  'calls as x64/__x64_sys': calls('x64/__x64_'),
  'lists written out': listInline,
  'calls as lists of one': inlineList,
  'selectors as macros': intoMacros,
  'macros written out': outOfMacros,
  'kprobes as fentries': asFentries,
  'numbers in hex': inBase((number) => `0x${number.toString(16)}`),
  'numbers in capital hex': inBase((number) => `0X${number.toString(16).toUpperCase()}`),
  'numbers in octal': inBase((number) => `0o${number.toString(8)}`),
  'numbers in binary': inBase((number) => `0b${number.toString(2)}`),
  'texts with a NUL': text((value) => (value.endsWith('\0') ? value : `${value}\0`)),
  'texts without a NUL': text((value) => value.replace(/\0+$/, '')),
  'addresses as IPv6': ofAddresses((value) => {
    const [, address, bits] = /^(\d+\.\d+\.\d+\.\d+)(?:\/(\d+))?$/.exec(value) ?? [];
    return address === undefined ? value : `::ffff:${address}/${Number(bits ?? 32) + 96}`;
  }),
  'addresses with their bits': ofAddresses((value) =>
    /^\d+\.\d+\.\d+\.\d+$/.test(value) ? `${value}/32` : value,
  ),
  'families by number': values((value, _type, operator) =>
    operator === 'Family' ? ({ AF_INET: '2', AF_INET6: '0xa', AF_UNIX: '1' }[value] ?? value) : value,
  ),
  'protocols in small letters': values((value, _type, operator) =>
    /^(Family|Protocol|State)$/.test(operator) ? value.toLowerCase() : value,
  ),
  'operators by their other names': each(filtersOf, (filter) => {
    const names: Record<string, string> = {
      GT: 'GreaterThan',
      LT: 'LessThan',
      InRange: 'InMap',
      InMap: 'InRange',
    };
    filter.operator = names[String(filter.operator)] ?? filter.operator;
  }),
  ...Object.fromEntries(
    [0, 1].map((which) => [
      `types by their other names ${which + 1}`,
      each(
        (document) => hooksOf(document).flatMap((hook) => [...rows(hook.args), ...rows(hook.data)]),
        (arg) => {
          arg.type = ALIASES[String(arg.type)]?.[which] ?? arg.type;
        },
      ),
    ]),
  ),
  'Sigkill as Signal 9': each(actionsOf, (action) => {
    if (action.action === 'Sigkill') Object.assign(action, { action: 'Signal', argSig: 9 });
  }),
  'Signal 9 as Sigkill': each(actionsOf, (action) => {
    if (action.action !== 'Signal' || action.argSig !== 9) return;
    action.action = 'Sigkill';
    delete action.argSig;
  }),
  'the host by number': each(
    (document) => selectorsOf(document).flatMap((selector) => rows(selector.matchNamespaces)),
    (filter) => {
      const inode = HOST_INODES[String(filter.namespace)];
      if (inode && Array.isArray(filter.values))
        filter.values = filter.values.map((value) => (value === 'host_ns' ? inode : value));
    },
  ),
  'raw tracepoints of another subsystem': each(
    ({ spec }) => rows(spec.tracepoints),
    (hook) => {
      if (hook.raw === true && /^(raw_syscalls|sched|net|sock)$/.test(String(hook.subsystem)))
        hook.subsystem = 'elsewhere';
    },
  ),
  'labels and a comment more': (document) => ({
    ...document,
    metadata: { ...document.metadata, labels: { team: 'a' } },
  }),
};
