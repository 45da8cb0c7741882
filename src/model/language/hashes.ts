// SPDX-License-Identifier: Apache-2.0
/** `imaHash` of a Post: the digest of the file that an LSM hook is about, as the kernel's integrity measurement has it. */
import type { NormalSelector } from '../normal-policy.ts';
import { type Ledger, refuse } from './ledger.ts';

/**
 * The hooks that are handed a file first, or the program that is to run, and may wait for it to be read. Not file_open: when
 * it is asked, the file is not open yet, and the kernel refuses to read it.
 */
export const HASHED_HOOKS: Readonly<Record<string, 'file' | 'linux_binprm'>> = {
  bprm_check_security: 'linux_binprm',
  bprm_committed_creds: 'linux_binprm',
  bprm_committing_creds: 'linux_binprm',
  bprm_creds_for_exec: 'linux_binprm',
  bprm_creds_from_file: 'linux_binprm',
  file_ioctl: 'file',
  file_lock: 'file',
  file_receive: 'file',
  mmap_file: 'file',
};

/** `name`: of the LSM hook; undefined where the hook is another. */
export function checkHashes(ledger: Ledger, selectors: readonly NormalSelector[], name?: string): void {
  if (name !== undefined && Object.hasOwn(HASHED_HOOKS, name)) return;
  for (const { actions, returnActions } of selectors)
    for (const { path, imaHash } of [...actions, ...returnActions]) {
      if (!imaHash) continue;
      const message =
        'imaHash is the digest of the file that an LSM hook is about, and here is none that may wait for it';
      refuse(
        ledger,
        `${path}/imaHash`,
        message,
        `use it in lsmhooks: ${Object.keys(HASHED_HOOKS).join(', ')}`,
      );
    }
}
