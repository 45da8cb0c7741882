// SPDX-License-Identifier: Apache-2.0

/** What a kernel of the lab says to a policy of the corpus that is in the language; the kernel tests hold it to that. */
export interface KernelRefusal {
  kernels: readonly string[];
  says: string;
}

export const KERNEL_REFUSALS: Readonly<Record<string, readonly KernelRefusal[]>> = {
  // a host without a cluster does not know whose pods are of the namespace
  quickstart__file_monitoring_enforce: [
    {
      kernels: ['custom', '6.1', '6.12'],
      says: 'the policy is of the namespace default',
    },
  ],
  // before 6.12 it is an inline function with copies that the kernel has a type for, and no place to attach at
  tracingpolicy__dev_queue_xmit: [
    { kernels: ['6.12'], says: 'has no function dev_queue_xmit' },
    { kernels: ['custom', '6.1'], says: 'fentry on dev_queue_xmit: attach: Device or resource busy' },
  ],
  // from 6.7 on the function is handed the file before the name
  'tracingpolicy__cves__cve-2023-2640-overlayfs-ubuntu': [
    {
      kernels: ['6.12'],
      says: 'argument 0 is `struct dentry *`, not a string: the kernel has `int security_inode_copy_up_xattr(struct dentry * src, char * name)`',
    },
  ],
  'tracingpolicy__uprobe-host': [
    {
      kernels: ['custom', '6.1', '6.12'],
      says: '/procRoot/1/root/usr/bin/bash on * cannot be hooked: it is not there',
    },
  ],
  tracingpolicy__usdt: [
    {
      kernels: ['custom', '6.1', '6.12'],
      says: '/tester-progs/usdt on * cannot be hooked: it is not there',
    },
  ],
  tracingpolicy__lsm_bprm_check: [
    {
      kernels: ['custom'],
      says: 'has no integrity measurement (CONFIG_IMA) to ask for the digest of a file',
    },
  ],
  tracingpolicy__killer: [
    { kernels: ['6.1', '6.12'], says: 'cannot make __x64_sys_dup fail: the kernel has no error injection' },
  ],
};

export function saysSo({ says }: KernelRefusal, reason: string): boolean {
  const parts = says.split('*').map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(parts.join('\\S+')).test(reason);
}
