// SPDX-License-Identifier: Apache-2.0
/** Filters on programs, as the programs in the kernel compare them and keep track of them. */
import { createHash } from 'node:crypto';
import type { BinaryMatch, BinaryOperator, NormalSelector } from '../model/normal-policy.ts';
import type { BinaryConfig, OpCode, SelectorConfig } from './hook-config.ts';
import { TG_ACTION, TG_OP } from './layout.generated.ts';

const OPS: Record<BinaryOperator, OpCode> = {
  In: TG_OP.TG_OP_EQ,
  NotIn: TG_OP.TG_OP_EQ,
  Prefix: TG_OP.TG_OP_PREFIX,
  NotPrefix: TG_OP.TG_OP_PREFIX,
  Postfix: TG_OP.TG_OP_POSTFIX,
  NotPostfix: TG_OP.TG_OP_POSTFIX,
};

function binaryConfig({ operator, values, followChildren }: BinaryMatch): BinaryConfig {
  const negated = operator.startsWith('Not');
  return { op: OPS[operator], values, negated, ...(followChildren && { follow: true }) };
}

/** The filters on the program and on its parent, as far as there are any. */
export function programConfigs({
  matchBinaries: [own],
  matchParentBinaries: [parent] = [],
}: NormalSelector): Pick<SelectorConfig, 'binaries' | 'parents'> {
  return {
    ...(own && { binaries: binaryConfig(own) }),
    ...(parent && { parents: binaryConfig(parent) }),
  };
}

/** They ask for more than what the process is now. */
export function looksBackAtPrograms({ matchBinaries, matchParentBinaries = [] }: NormalSelector): boolean {
  return matchParentBinaries.length > 0 || matchBinaries.some((m) => m.followChildren);
}

/** What the programs on fork and exec need of a selector: the lists they keep. */
export function keptSelector(selector: NormalSelector, index: number): SelectorConfig {
  const idle = { matches: [], returnMatches: [], post: false, error: 0, paired: false, signal: 0 };
  return { index, ...idle, lastAction: TG_ACTION.TG_A_NOPOST, ...programConfigs(selector) };
}

/** The same for all policies that name the same programs in the same way: they share what is kept of it. */
function listId({ op, values }: BinaryConfig): { low: number; high: number } {
  const digest = createHash('sha256')
    .update(JSON.stringify([op, [...values].sort()]))
    .digest();
  return { low: digest.readUInt32LE(0), high: digest.readUInt32LE(4) };
}

/** The fields of `struct tg_selector`; `binFirst` and `parFirst` are where their texts begin. */
export function programFields(
  { binaries, parents }: SelectorConfig,
  binFirst: number,
  parFirst: number,
): Record<string, number> {
  const [bin, par] = [binaries && listId(binaries), parents && listId(parents)];
  return {
    bin_first: binFirst,
    bin_count: binaries?.values.length ?? 0,
    bin_negated: Number(binaries?.negated ?? false),
    bin_op: binaries?.op ?? TG_OP.TG_OP_EQ,
    bin_follow: Number(binaries?.follow ?? false),
    bin_list_low: bin?.low ?? 0,
    bin_list_high: bin?.high ?? 0,
    par_first: parFirst,
    par_count: parents?.values.length ?? 0,
    par_negated: Number(parents?.negated ?? false),
    par_op: parents?.op ?? TG_OP.TG_OP_EQ,
    par_follow: Number(parents?.follow ?? false),
    par_list_low: par?.low ?? 0,
    par_list_high: par?.high ?? 0,
  };
}
