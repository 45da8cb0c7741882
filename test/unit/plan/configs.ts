// SPDX-License-Identifier: Apache-2.0
/** Configurations of hooks, written down directly. */
import type {
  ArgConfig,
  ArgTypeCode,
  ClassCode,
  HookConfig,
  MatchConfig,
  OpCode,
  SelectorConfig,
} from '../../../src/plan/hook-config.ts';
import { TG_ACTION, TG_CLASS, TG_ROLE, TG_SOURCE, TG_TYPE } from '../../../src/plan/layout.generated.ts';

export const arg = (type: ArgTypeCode, param: number): ArgConfig => ({
  ...{ type, param, sizeParam: 0, offsetBytes: 0, sizeBytes: 0 },
});

export const textMatch = (
  of: number,
  op: OpCode,
  strings: string[],
  cls: ClassCode = TG_CLASS.TG_C_TEXT,
): MatchConfig => ({ arg: of, op, cls, numbers: [], strings });

export const numberMatch = (
  of: number,
  op: OpCode,
  numbers: bigint[],
  cls: ClassCode = TG_CLASS.TG_C_SIGNED,
): MatchConfig => ({ arg: of, op, cls, numbers, strings: [] });

export const selector = (parts: Partial<SelectorConfig>): SelectorConfig => ({
  ...{ index: 0, matches: [], returnMatches: [], post: true, lastAction: TG_ACTION.TG_A_POST },
  ...{ error: 0, paired: false, signal: 0 },
  ...parts,
});

export const config = (parts: Partial<HookConfig>): HookConfig => ({
  ...{ roles: TG_ROLE.TG_ROLE_POST, source: TG_SOURCE.TG_SRC_ARGS, syscallNumber: 0 },
  ...{ args: [arg(TG_TYPE.TG_T_FILENAME, 0)], returnType: TG_TYPE.TG_T_S64, selectors: [selector({})] },
  ...parts,
});
