// SPDX-License-Identifier: Apache-2.0
/** The kernel's capabilities, by their numbers. */

// biome-ignore format: a table is read in rows
const NAMES = [
  'CHOWN', 'DAC_OVERRIDE', 'DAC_READ_SEARCH', 'FOWNER', 'FSETID', 'KILL', 'SETGID', 'SETUID', 'SETPCAP', 'LINUX_IMMUTABLE', 'NET_BIND_SERVICE',
  'NET_BROADCAST', 'NET_ADMIN', 'NET_RAW', 'IPC_LOCK', 'IPC_OWNER', 'SYS_MODULE', 'SYS_RAWIO', 'SYS_CHROOT', 'SYS_PTRACE', 'SYS_PACCT',
  'SYS_ADMIN', 'SYS_BOOT', 'SYS_NICE', 'SYS_RESOURCE', 'SYS_TIME', 'SYS_TTY_CONFIG', 'MKNOD', 'LEASE', 'AUDIT_WRITE', 'AUDIT_CONTROL',
  'SETFCAP', 'MAC_OVERRIDE', 'MAC_ADMIN', 'SYSLOG', 'WAKE_ALARM', 'BLOCK_SUSPEND', 'AUDIT_READ', 'PERFMON', 'BPF', 'CHECKPOINT_RESTORE',
];
export const CAPABILITIES: readonly string[] = NAMES.map((name) => `CAP_${name}`);

/** The number of a capability, named in any case, with or without blanks around it. */
export function capabilityNumber(name: string): number | undefined {
  const at = CAPABILITIES.indexOf(name.trim().toUpperCase());
  return at < 0 ? undefined : at;
}

/** The mask of names with commas between them, or the first that is none. */
export function capabilityMask(list: string): bigint | string {
  let mask = 0n;
  for (const name of list.split(',')) {
    const number = capabilityNumber(name);
    if (number === undefined) return name.trim();
    mask |= 1n << BigInt(number);
  }
  return mask;
}
