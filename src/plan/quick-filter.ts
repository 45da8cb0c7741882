// SPDX-License-Identifier: Apache-2.0
/** The first look of a program: eight bytes of one argument by which most calls are known not to match. */
import type { InodeFact } from '../model/inode.ts';
import type { ArgConfig, HookConfig, MatchConfig } from './hook-config.ts';
import { STRUCTS, TG_CLASS, TG_OP, TG_QUICK, TG_TYPE } from './layout.generated.ts';

export interface QuickFilter {
  param: number;
  /** TG_QUICK code: what the bytes are of */
  kind: number;
  /** of an entry of a directory: the parameter that holds it */
  entry?: number;
  /** files that may match whatever their path begins with */
  inodes?: InodeFact[];
  pairs: { mask: bigint; value: bigint }[];
}

/** Parameters that a program can look at this early. */
const PARAM_MAX = 3;
const WORD_BYTES = 8;

function pairOf(text: string, ends: boolean): { mask: bigint; value: bigint } {
  const bytes = Buffer.alloc(WORD_BYTES);
  const source = Buffer.from(text, 'utf8');
  source.copy(bytes);
  const counted = Math.min(WORD_BYTES, source.length + (ends ? 1 : 0));
  return { mask: 2n ** BigInt(8 * counted) - 1n, value: bytes.readBigUInt64LE() };
}

const KIND_OF_PATH: Partial<Record<number, number>> = {
  [TG_TYPE.TG_T_FILE]: TG_QUICK.TG_Q_FILE,
  [TG_TYPE.TG_T_PATH]: TG_QUICK.TG_Q_PATH,
  [TG_TYPE.TG_T_CHILD]: TG_QUICK.TG_Q_CHILD,
};

function kindOf(match: MatchConfig, arg: ArgConfig): number | undefined {
  if (arg.route) return undefined;
  if (match.op !== TG_OP.TG_OP_EQ && match.op !== TG_OP.TG_OP_PREFIX) return undefined;
  if (match.cls === TG_CLASS.TG_C_TEXT) return KIND_OF_PATH[arg.type];
  if (match.cls !== TG_CLASS.TG_C_DIRECT) return undefined;
  return arg.type === TG_TYPE.TG_T_FILENAME ? TG_QUICK.TG_Q_FILENAME : TG_QUICK.TG_Q_STRING;
}

/** The top component that a path has which matches; undefined when any may. */
function topPair(text: string, whole: boolean): { mask: bigint; value: bigint } | undefined {
  const top = /^\/([^/]+)(\/)?/.exec(text);
  return top ? pairOf(top[1] as string, whole || top[2] !== undefined) : undefined;
}

function pairsOf(match: MatchConfig, kind: number): QuickFilter['pairs'] | undefined {
  const whole = match.op === TG_OP.TG_OP_EQ;
  const ofPath = kind >= TG_QUICK.TG_Q_FILE;
  const pairs = match.strings.map((text) => (ofPath ? topPair(text, whole) : pairOf(text, whole)));
  return pairs.every((pair) => pair !== undefined) ? pairs : undefined;
}

/**
 * What eight bytes of one argument must be for any selector to match: there is such a filter when every selector demands
 * Equal or Prefix on the same string in kernel memory, or on the path of the same file. A necessary condition only.
 */
export function quickFilter(config: HookConfig): QuickFilter | undefined {
  const wanted = config.selectors.map((s) =>
    s.matches.find((m) => kindOf(m, config.args[m.arg] as ArgConfig) !== undefined),
  );
  const [first] = wanted;
  const arg = first && config.args[first.arg];
  if (!first || !arg || arg.param > PARAM_MAX || wanted.some((m) => m?.arg !== first.arg)) return undefined;
  const kind = kindOf(first, arg) as number;
  const pairs: QuickFilter['pairs'] = [];
  for (const match of wanted) {
    const some = pairsOf(match as MatchConfig, kind);
    if (!some) return undefined;
    pairs.push(...some);
  }
  if (pairs.length > STRUCTS.tg_hook_config.fields.quick_mask.count) return undefined;
  const entry = kind === TG_QUICK.TG_Q_CHILD ? arg.sizeParam - 1 : undefined;
  const inodes = wanted.flatMap((match) => match?.inodes ?? []);
  return {
    param: arg.param,
    kind,
    ...(entry !== undefined && { entry }),
    ...(inodes.length > 0 && { inodes }),
    pairs,
  };
}
