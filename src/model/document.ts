// SPDX-License-Identifier: Apache-2.0
/**
 * A TracingPolicy as it is written (group `cilium.io/v1alpha1`). Only what our own code reads is typed; the
 * JSON Schema made from `manifests/crds` is what validates the whole document.
 */
export type PolicyKind = 'TracingPolicy' | 'TracingPolicyNamespaced';
export const API_VERSION = 'cilium.io/v1alpha1';

export interface PolicyDocument {
  apiVersion: typeof API_VERSION;
  kind: PolicyKind;
  metadata: {
    name: string;
    namespace?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    [key: string]: unknown;
  };
  spec: PolicySpec;
}

export interface PolicySpec {
  kprobes?: KprobeSpec[];
  fentries?: KprobeSpec[];
  tracepoints?: TracepointSpec[];
  lsmhooks?: LsmHookSpec[];
  uprobes?: UprobeSpec[];
  usdts?: UsdtSpec[];
  loader?: boolean;
  options?: { name: string; value: string }[];
  [key: string]: unknown;
}

export interface ArgSpec {
  index: number;
  type?: string;
  label?: string;
  sizeArgIndex?: number;
  returnCopy?: boolean;
  maxData?: boolean;
  resolve?: string;
  source?: string;
  btfType?: string;
  btfTypeModule?: string;
  [key: string]: unknown;
}

export interface KprobeSpec {
  call: string;
  syscall?: boolean;
  return?: boolean;
  returnArg?: ArgSpec;
  returnArgAction?: string;
  args?: ArgSpec[];
  data?: ArgSpec[];
  selectors?: SelectorSpec[];
  message?: string;
  tags?: string[];
  ignore?: { callNotFound?: boolean };
  [key: string]: unknown;
}

export interface TracepointSpec {
  subsystem: string;
  event: string;
  raw?: boolean;
  args?: ArgSpec[];
  selectors?: SelectorSpec[];
  message?: string;
  tags?: string[];
  [key: string]: unknown;
}

export interface LsmHookSpec {
  hook: string;
  args?: ArgSpec[];
  selectors?: SelectorSpec[];
  message?: string;
  tags?: string[];
  [key: string]: unknown;
}

export interface UprobeSpec {
  path: string;
  symbols?: string[];
  offsets?: number[];
  addrs?: number[];
  refCtrOffsets?: number[];
  return?: boolean;
  returnArg?: ArgSpec;
  args?: ArgSpec[];
  data?: ArgSpec[];
  selectors?: SelectorSpec[];
  message?: string;
  tags?: string[];
  ignore?: { digestVerificationFailure?: boolean };
  [key: string]: unknown;
}

export interface UsdtSpec {
  path: string;
  provider: string;
  name: string;
  args?: ArgSpec[];
  selectors?: SelectorSpec[];
  message?: string;
  tags?: string[];
  [key: string]: unknown;
}

export interface SelectorSpec {
  matchArgs?: { index: number; args?: number[]; operator: string; values?: string[] }[];
  matchData?: { index: number; args?: number[]; operator: string; values?: string[] }[];
  matchReturnArgs?: { index: number; operator: string; values?: string[] }[];
  matchPIDs?: { operator: string; values: number[]; followForks?: boolean; isNamespacePID?: boolean }[];
  matchBinaries?: { operator: string; values: string[]; followChildren?: boolean }[];
  matchParentBinaries?: { operator: string; values: string[]; followChildren?: boolean }[];
  matchNamespaces?: { namespace: string; operator: string; values: string[] }[];
  matchCapabilities?: CapabilitySpec[];
  matchNamespaceChanges?: { operator: string; values: string[] }[];
  matchCapabilityChanges?: CapabilitySpec[];
  matchActions?: ActionSpec[];
  matchReturnActions?: ActionSpec[];
  [key: string]: unknown;
}

export interface CapabilitySpec {
  type?: string;
  operator: string;
  values: string[];
  isNamespaceCapability?: boolean;
}

export interface ActionSpec {
  action: string;
  argError?: number;
  argSig?: number;
  argSock?: number;
  argIndex?: number;
  argValue?: number;
  rateLimit?: string;
  rateLimitScope?: string;
  kernelStackTrace?: boolean;
  userStackTrace?: boolean;
  imaHash?: boolean;
  [key: string]: unknown;
}

/** The key a policy is stored under: `name`, or `namespace/name` for the namespaced kind. */
export function policyKey(document: {
  kind: PolicyKind;
  metadata: { name: string; namespace?: string };
}): string {
  const { name, namespace } = document.metadata;
  return document.kind === 'TracingPolicyNamespaced' ? `${namespace ?? 'default'}/${name}` : name;
}
