// SPDX-License-Identifier: Apache-2.0
/** Kernels as they come, for plans made without one. */
import { FEATURES } from '../../../src/kernel/facts.ts';
import type { FeatureName, FunctionPrototype, HostFacts, TracepointField } from '../../../src/model/facts.ts';
import { intake } from '../../../src/model/intake.ts';
import type { NormalPolicy } from '../../../src/model/normal-policy.ts';
import { makePlan } from '../../../src/plan/make-plan.ts';
import type { HookPlan } from '../../../src/plan/plan.ts';

const params = (list: string): FunctionPrototype['params'] =>
  list.split(', ').map((written) => {
    const [, type = '', name = ''] = /^(.*?)(\w+)$/.exec(written) ?? [];
    return { type: type.trim(), name };
  });

let btfId = 100;
const fn = (list: string, returns = 'int'): FunctionPrototype => ({
  params: params(list),
  returns,
  btfId: btfId++,
});

const FUNCTIONS: Record<string, FunctionPrototype> = {
  do_symlinkat: fn('struct filename *from, int newdfd, struct filename *to'),
  security_path_symlink: fn('struct path *dir, struct dentry *dentry, char *old_name'),
  bpf_lsm_path_symlink: fn('struct path *dir, struct dentry *dentry, char *old_name'),
  security_file_open: fn('struct file *file'),
  bpf_lsm_file_open: fn('struct file *file'),
  bpf_lsm_mmap_file: fn('struct file *file, unsigned long reqprot'),
  security_inode_permission: fn('struct inode *inode, int mask'),
  bpf_lsm_inode_permission: fn('struct inode *inode'),
  bpf_lsm_bprm_committed_creds: fn('struct linux_binprm *bprm', 'void'),
  bpf_lsm_audit_rule_match: fn('u32 secid, u32 field, u32 op, void *lsmrule'),
  security_inode_copy_up_xattr: fn('char *name'),
  bpf_lsm_inode_copy_up_xattr: fn('char *name'),
  sk_clone: fn('struct sock *sk', 'struct sock *'),
  do_filp_open: fn('int dfd, struct filename *pathname, struct open_flags *op', 'struct file *'),
  tcp_connect: fn('struct sock *sk'),
  perf_event_mmap_output: fn('struct perf_event *event, void *data'),
  wake_up_new_task: fn('struct task_struct *p', 'void'),
  tcp_sendmsg: fn('struct sock *sk, struct msghdr *msg, size_t size'),
  __x64_sys_symlinkat: fn('struct pt_regs *regs', 'long'),
  __x64_sys_access: fn('struct pt_regs *regs', 'long'),
  __x64_sys_lseek: fn('struct pt_regs *regs', 'long'),
  __do_sys_getpid: fn('void *unused', 'long'),
  __ia32_compat_sys_lseek: fn('struct pt_regs *regs', 'long'),
};

const field = (name: string, offsetBytes: number, sizeBytes: number, dynamic = false): TracepointField => ({
  ...{ name, type: 'unsigned long', offsetBytes, sizeBytes, signed: false, dynamic },
});
const COMMON = ['type', 'flags', 'preempt_count', 'pid'].map((n, i) => field(`common_${n}`, i * 2, 2));

export interface Kernel {
  /** what it has; all else is missing */
  has: FeatureName[];
  /** it stops tasks in the middle of programs; the old ones leave programs in LSM hooks out as well */
  preempts?: 'all' | 'but LSM';
  injectable?: string[];
  without?: string[];
}

export const FULL: Kernel = { has: ['fentry', 'fmod_ret', 'lsm', 'raw_tracepoint', 'tracepoint'] };
export const NO_LSM: Kernel = { has: ['fentry', 'fmod_ret', 'raw_tracepoint', 'tracepoint'] };
export const NO_FENTRY: Kernel = { has: ['raw_tracepoint', 'tracepoint'] };

export function factsOf({ has: some, preempts, injectable = [], without = [] }: Kernel): HostFacts {
  const whole: FeatureName[] = preempts === 'all' ? [] : ['lsm_whole'];
  const has: FeatureName[] = [...some, ...whole, ...(preempts ? [] : ['unpreempted' as const])];
  const features = Object.fromEntries(
    FEATURES.map((name) => [
      name,
      has.includes(name)
        ? { available: 'yes' as const }
        : { available: 'no' as const, reason: `no ${name} here` },
    ]),
  ) as HostFacts['features'];
  const functions = Object.fromEntries(
    Object.entries(FUNCTIONS).map(([name, prototype]) => [name, without.includes(name) ? null : prototype]),
  );
  return {
    ...{ host: 'h', arch: 'x86_64', kernelRelease: '6.1.0', time: '2026-01-01T00:00:00Z' },
    ...{ features, functions, injectable, digest: 'sha256:0' },
    tracepoints: { 'syscalls/sys_enter_close': [...COMMON, field('nr', 8, 4), field('name', 12, 4, true)] },
    rawTracepoints: { 'raw_syscalls/sys_exit': fn('struct pt_regs *regs, long ret') },
    syscallNumbers: { sys_symlinkat: 266, sys_access: 21, sys_lseek: 8 },
    places: {
      '/bin/sh:main': { offset: 0x1149, identity: '1:2:3:4' },
      '/bin/no:main': { problem: 'it is not there' },
    },
  };
}

export interface HookSpec {
  call?: string;
  syscall?: boolean;
  args?: { index: number; type: string; sizeArgIndex?: number }[];
  match?: { index: number; operator: string; values: string[] }[];
  action?: Record<string, unknown>;
  more?: Record<string, unknown>;
}

/** A policy of one kprobe. */
export function policyOf(
  { call, syscall, args, match, action, more }: HookSpec,
  annotations: Record<string, string> = {},
): NormalPolicy {
  const selector = {
    ...(match && { matchArgs: match }),
    ...(action && { matchActions: [action] }),
  };
  const selectors = match || action ? { selectors: [selector] } : {};
  const hook = { call, syscall: syscall ?? false, ...(args && { args }), ...selectors, ...more };
  return policyWith({ kprobes: [hook] }, annotations);
}

export function policyWith(spec: object, annotations: Record<string, string> = {}): NormalPolicy {
  const metadata = { name: 'p', annotations };
  const document = { apiVersion: 'cilium.io/v1alpha1', kind: 'TracingPolicy', metadata, spec };
  const taken = intake(JSON.stringify(document), { format: 'json' });
  if (!taken.valid) throw new Error(JSON.stringify(taken.findings));
  return taken.normal;
}

export function planOf(policy: NormalPolicy, kernel: Kernel): HookPlan {
  return makePlan(policy, factsOf(kernel)).hooks[0] as HookPlan;
}
