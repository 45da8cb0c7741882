// SPDX-License-Identifier: Apache-2.0
/** The kernel's names for what a socket or a file is: as policies write them and events tell them. */

// biome-ignore format: a table is read in rows
const FAMILY_NAMES = [
  'UNSPEC', 'UNIX', 'INET', 'AX25', 'IPX', 'APPLETALK', 'NETROM', 'BRIDGE', 'ATMPVC', 'X25', 'INET6', 'ROSE', 'DECNET', 'NETBEUI', 'SECURITY',
  'KEY', 'NETLINK', 'PACKET', 'ASH', 'ECONET', 'ATMSVC', 'RDS', 'SNA', 'IRDA', 'PPPOX', 'WANPIPE', 'LLC', 'IB', 'MPLS', 'CAN', 'TIPC',
  'BLUETOOTH', 'IUCV', 'RXRPC', 'ISDN', 'PHONET', 'IEEE802154', 'CAIF', 'ALG', 'NFC', 'VSOCK', 'KCM', 'QIPCRTR', 'SMC', 'XDP', 'MCTP',
];

// biome-ignore format: a table is read in rows
const PROTOCOL_NAMES: Readonly<Record<number, string>> = {
  0: 'IP', 1: 'ICMP', 2: 'IGMP', 4: 'IPIP', 6: 'TCP', 8: 'EGP', 12: 'PUP', 17: 'UDP', 22: 'IDP', 29: 'TP', 33: 'DCCP', 41: 'IPV6', 46: 'RSVP',
  47: 'GRE', 50: 'ESP', 51: 'AH', 58: 'ICMPV6', 92: 'MTP', 94: 'BEETPH', 98: 'ENCAP', 103: 'PIM', 108: 'COMP', 115: 'L2TP', 132: 'SCTP',
  136: 'UDPLITE', 137: 'MPLS', 143: 'ETHERNET', 255: 'RAW', 262: 'MPTCP',
};

// biome-ignore format: a table is read in rows
const STATE_NAMES = [
  '', 'ESTABLISHED', 'SYN_SENT', 'SYN_RECV', 'FIN_WAIT1', 'FIN_WAIT2', 'TIME_WAIT', 'CLOSE', 'CLOSE_WAIT', 'LAST_ACK', 'LISTEN', 'CLOSING',
  'NEW_SYN_RECV',
];

const named = (prefix: string, names: Readonly<Record<number, string>> | readonly string[]) =>
  new Map(
    Object.entries(names)
      .filter(([, name]) => name !== '')
      .map(([number, name]) => [Number(number), `${prefix}_${name}`]),
  );

export const FAMILIES: ReadonlyMap<number, string> = named('AF', FAMILY_NAMES);
export const PROTOCOLS: ReadonlyMap<number, string> = named('IPPROTO', PROTOCOL_NAMES);
export const STATES: ReadonlyMap<number, string> = named('TCP', STATE_NAMES);

/** The type bits of an inode's mode. */
export const FILE_TYPES: ReadonlyMap<number, string> = new Map([
  [0o140000, 'sock'],
  [0o120000, 'lnk'],
  [0o100000, 'reg'],
  [0o060000, 'blk'],
  [0o040000, 'dir'],
  [0o020000, 'chr'],
  [0o010000, 'fifo'],
]);

/** The number behind a name of one of these tables. */
export function numberOf(names: ReadonlyMap<number, string>, name: string): number | undefined {
  for (const [number, known] of names) if (known === name) return number;
  return undefined;
}
