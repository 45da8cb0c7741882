// SPDX-License-Identifier: Apache-2.0
/** HookConfig → the bytes of `struct tg_hook_config` (offsets from layout.generated.ts). */
import { Fault } from '../errors.ts';
import type { InodeFact } from '../model/inode.ts';
import {
  type ArrayName,
  type ConfigWriter,
  encodeFurther,
  encodePlaces,
  encodeRoute,
  paramsUsed,
  type StructName,
} from './encode-values.ts';
import type { HookConfig, HookIds, MatchConfig, ProcessMatchConfig, SelectorConfig } from './hook-config.ts';
import { STRUCTS, TG_CLASS, TG_FIELD, TG_OP, TG_SOURCE } from './layout.generated.ts';
import { tellsOnce } from './process-filters.ts';
import { programFields } from './program-filters.ts';
import { quickFilter } from './quick-filter.ts';
import { whoseField, whoseFields } from './whose.ts';

/** Numbers that one value takes, where it is not one. */
const NUMBERS_PER_VALUE: Partial<Record<number, number>> = {
  [TG_OP.TG_OP_RANGE]: 2,
  [TG_OP.TG_OP_NOTRANGE]: 2,
  [TG_OP.TG_OP_NET]: 4,
  [TG_OP.TG_OP_NOTNET]: 4,
};

interface Field {
  offset: number;
  size: number;
  count: number;
}

class Writer implements ConfigWriter {
  readonly bytes: Buffer;
  #matches = 0;
  #processMatches = 0;
  #numbers = 0;
  #strings = 0;
  #words = 0;
  #longestWords = 0;

  constructor() {
    this.bytes = Buffer.alloc(STRUCTS.tg_hook_config.size);
  }

  set(struct: StructName, at: number, values: Record<string, number>): void {
    const fields = STRUCTS[struct].fields as Record<string, Field>;
    for (const name in values) {
      const value = values[name] as number;
      if (value === 0) continue; // as it is: of a hundred fields a policy sets some twenty
      const { offset, size } = fields[name] as Field;
      if (value < 0) this.bytes.writeIntLE(value, at + offset, size);
      else this.bytes.writeUIntLE(value, at + offset, size);
    }
  }

  element(name: ArrayName, i: number): number {
    const field = STRUCTS.tg_hook_config.fields[name];
    if (i >= field.count) {
      throw new Fault(
        'invalid',
        `the hook has more ${name} than a program can hold (${field.count}): split the policy`,
      );
    }
    return field.offset + i * field.size;
  }

  number(value: bigint): number {
    this.bytes.writeBigUInt64LE(BigInt.asUintN(64, value), this.element('numbers', this.#numbers));
    return this.#numbers++;
  }

  string(text: string): number {
    const bytes = Buffer.from(text, 'utf8');
    const words = Math.max(1, Math.ceil((bytes.length + 1) / 8));
    this.element('words', this.#words + words - 1);
    bytes.copy(this.bytes, this.element('words', this.#words));
    this.set('tg_string', this.element('strings', this.#strings), { word: this.#words, len: bytes.length });
    this.#words += words;
    this.#longestWords = Math.max(this.#longestWords, words);
    this.set('tg_hook_config', 0, { text_words: this.#longestWords });
    return this.#strings++;
  }

  /** The fields that say where the numbers of files lie. */
  inodes(name: 'inode' | 'quick_inode', list: readonly InodeFact[]): Record<string, number> {
    const first = this.#numbers;
    for (const { ino, device, generation } of list) {
      this.number(BigInt(ino));
      this.number((BigInt(device) << 32n) | BigInt(generation));
    }
    return { [`${name}_first`]: list.length > 0 ? first : 0, [`${name}_count`]: list.length };
  }

  match(match: MatchConfig): number {
    const textual = match.cls === TG_CLASS.TG_C_TEXT || match.cls === TG_CLASS.TG_C_DIRECT;
    const first = textual ? this.#strings : this.#numbers;
    if (textual) for (const text of match.strings) this.string(text);
    else for (const value of match.numbers) this.number(value);
    const count = textual ? match.strings.length : match.numbers.length / (NUMBERS_PER_VALUE[match.op] ?? 1);
    this.set('tg_match', this.element('matches', this.#matches), {
      arg: match.arg,
      op: match.op,
      cls: match.cls,
      count,
      first,
      field: match.before ?? match.field ?? TG_FIELD.TG_F_NONE,
      ...this.inodes('inode', match.inodes ?? []),
    });
    return this.#matches++;
  }

  matches(list: MatchConfig[]): { first: number; count: number } {
    const first = this.#matches;
    for (const match of list) this.match(match);
    return { first, count: list.length };
  }

  processMatches(list: ProcessMatchConfig[]): { first: number; count: number } {
    const first = this.#processMatches;
    for (const match of list) {
      const at = this.element('process', this.#processMatches++);
      this.set('tg_process_match', at, {
        kind: match.kind,
        which: match.which,
        negated: Number(match.negated),
        outside_only: Number(match.outsideOnly),
        count: match.numbers.length,
        first: this.#numbers,
      });
      for (const value of match.numbers) this.number(value);
    }
    return { first, count: list.length };
  }

  selector(at: number, selector: SelectorConfig, scopes?: HookIds['scopes']): void {
    const { pids, binaries, parents } = selector;
    const args = this.matches(selector.matches);
    const returns = this.matches(selector.returnMatches);
    const process = this.processMatches(selector.processMatches ?? []);
    const pidFirst = this.#numbers;
    for (const pid of pids?.values ?? []) this.number(BigInt(pid));
    const binFirst = this.#strings;
    for (const path of binaries?.values ?? []) this.string(path);
    const parFirst = this.#strings;
    for (const path of parents?.values ?? []) this.string(path);
    this.set('tg_selector', at, {
      match_first: args.first,
      match_count: args.count,
      ret_first: returns.first,
      ret_count: returns.count,
      process_first: process.first,
      process_count: process.count,
      pid_first: pidFirst,
      pid_count: pids?.values.length ?? 0,
      pid_negated: Number(pids?.negated ?? false),
      pid_namespaced: Number(pids?.namespaced ?? false),
      pid_follow: Number(pids?.follow ?? false),
      ...programFields(selector, binFirst, parFirst),
      post: Number(selector.post),
      last_action: selector.lastAction,
      error: selector.error,
      paired: Number(selector.paired),
      signal: selector.signal,
      limit_ms: selector.limit?.ms ?? 0,
      limit_scope: selector.limit?.scope ?? 0,
      track_mask: maskOf(selector.tracks),
      untrack_mask: maskOf(selector.untracks),
      stacks: selector.stacks ?? 0,
      hashes: Number(selector.hashes ?? false),
      set_param: selector.set ? selector.set.param + 1 : 0,
      set_value: (selector.set?.value ?? 0) >>> 0,
      index: selector.index,
      ...whoseField(selector.whose, scopes),
    });
  }
}

const maskOf = (positions: readonly number[] = []) => positions.reduce((bits, at) => bits | (1 << at), 0);

/** True when some selector compares text that has to be copied out first. */
export function needsText(config: HookConfig): boolean {
  return config.selectors.some(
    (s) => s.binaries || s.parents || s.matches.some((m) => m.cls === TG_CLASS.TG_C_TEXT),
  );
}

/** Throws Fault `invalid` when the selectors do not fit into a program. */
export function encodeHookConfig(config: HookConfig, ids: HookIds): Buffer {
  const writer = new Writer();
  writer.set('tg_hook_config', 0, {
    hook_id: ids.hookId,
    policy_slot: ids.policySlot,
    generation: ids.generation,
    syscall_nr: config.syscallNumber,
    roles: config.roles,
    source: config.source,
    nargs: config.args.length,
    nselectors: config.selectors.length,
    needs_text: Number(needsText(config)),
    needs_exe: Number(config.selectors.some((s) => s.binaries)),
    params_used: paramsUsed(config),
    params_asked: config.paramsAsked ?? 0,
    tells_once: Number(tellsOnce(config)),
    ret_type: config.returnType,
    ret_follow: config.returnFollow ?? 0,
    ret_object: Number(config.returnsObject ?? false),
    sock_group: ids.sockGroup ?? 0,
    sets: Number(config.selectors.some((s) => s.set)),
    stacks: config.selectors.reduce((bits, s) => bits | (s.stacks ?? 0), 0),
    hash_of: config.hashOf ?? 0,
    has_routes: Number(config.args.some((a) => a.route)),
    canonical: Number(config.canonical ?? false),
    ...whoseFields(config, ids.scopes),
    family: config.family ?? 0,
    same_ms: config.aggregateMs ?? 0,
    throttle_events: config.throttle?.events ?? 0,
    throttle_ms: config.throttle?.intervalMs ?? 0,
    cgroup_throttled: Number(ids.cgroupThrottled ?? false),
  });
  ids.limitSeed?.copy(writer.bytes, STRUCTS.tg_hook_config.fields.limit_seed.offset);
  if (config.further) encodeFurther(writer, config.further);
  encodePlaces(writer, config.places ?? []);
  const quick = config.source === TG_SOURCE.TG_SRC_ARGS ? quickFilter(config) : undefined;
  if (quick) {
    const { quick_mask, quick_value } = STRUCTS.tg_hook_config.fields;
    writer.set('tg_hook_config', 0, {
      quick_count: quick.pairs.length,
      quick_param: quick.param,
      quick_kind: quick.kind,
      quick_entry: quick.entry ?? 0,
      ...writer.inodes('quick_inode', quick.inodes ?? []),
    });
    quick.pairs.forEach(({ mask, value }, i) => {
      writer.bytes.writeBigUInt64LE(mask, quick_mask.offset + 8 * i);
      writer.bytes.writeBigUInt64LE(value & mask, quick_value.offset + 8 * i);
    });
  }
  config.args.forEach((arg, i) => {
    if (arg.route) encodeRoute(writer, arg.route, i);
    writer.set('tg_arg', writer.element('args', i), {
      type: arg.type,
      param: arg.param,
      size_param: arg.sizeParam,
      offset_bytes: arg.offsetBytes,
      size_bytes: arg.sizeBytes,
      large: Number(arg.large ?? false),
      until_returned: Number(arg.untilReturned ?? false),
      lies: arg.lies ?? 0,
      length_offset_bytes: arg.length?.offsetBytes ?? 0,
      length_bytes: arg.length?.sizeBytes ?? 0,
    });
  });
  for (const [i, selector] of config.selectors.entries())
    writer.selector(writer.element('selectors', i), selector, ids.scopes);
  return writer.bytes;
}
