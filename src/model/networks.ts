// SPDX-License-Identifier: Apache-2.0
/** Addresses and networks: 16 bytes each, an IPv4 one mapped (::ffff:a.b.c.d), so that the two spellings are one. */
import { isIPv4, isIPv6 } from 'node:net';

export interface Network {
  /** host bits cleared */
  address: Buffer;
  /** of 128 */
  prefix: number;
}

const MAPPED = Buffer.from('00000000000000000000ffff', 'hex');
const MAPPED_BITS = 96;

export const isMapped = ({ address, prefix }: Network): boolean =>
  prefix >= MAPPED_BITS && address.subarray(0, MAPPED.length).equals(MAPPED);

function bytesOf4(text: string): Buffer {
  return Buffer.concat([MAPPED, Buffer.from(text.split('.').map(Number))]);
}

function groupsOf(part: string): number[] {
  if (part === '') return [];
  return part.split(':').flatMap((group) => {
    if (!group.includes('.')) return Number.parseInt(group, 16);
    const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number);
    return [(a << 8) | b, (c << 8) | d];
  });
}

function bytesOf6(text: string): Buffer {
  const [head = '', tail] = text.split('::');
  const before = groupsOf(head);
  const after = tail === undefined ? [] : groupsOf(tail);
  const bytes = Buffer.alloc(16);
  before.forEach((group, i) => void bytes.writeUInt16BE(group, 2 * i));
  after.forEach((group, i) => void bytes.writeUInt16BE(group, 2 * (8 - after.length + i)));
  return bytes;
}

/** The mask of so many leading bits. */
export function maskOf(prefix: number): Buffer {
  const bytes = Buffer.alloc(16);
  for (let bit = 0; bit < prefix; bit++) bytes[bit >> 3] = (bytes[bit >> 3] as number) | (0x80 >> (bit & 7));
  return bytes;
}

/** An address, or one with `/bits`; undefined when the text is neither. */
export function parseNetwork(text: string): Network | undefined {
  const [, host = '', bits] = /^([^/%]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const width = isIPv4(host) ? 32 : isIPv6(host) ? 128 : 0;
  const length = bits === undefined ? width : Number(bits);
  if (width === 0 || length > width) return undefined;
  const address = width === 32 ? bytesOf4(host) : bytesOf6(host);
  const prefix = length + (128 - width);
  const mask = maskOf(prefix);
  for (let i = 0; i < address.length; i++) address[i] = (address[i] as number) & (mask[i] as number);
  return { address, prefix };
}

/** RFC 5952: the first of the longest runs of zero groups becomes `::`. */
export function ipv6Text(bytes: Buffer): string {
  const groups = Array.from({ length: 8 }, (_, i) => bytes.readUInt16BE(i * 2));
  let start = -1;
  let longest = 1;
  for (let from = 0; from < groups.length; from++) {
    let run = 0;
    while (groups[from + run] === 0) run++;
    if (run > longest) [start, longest] = [from, run];
  }
  const hex = (part: number[]) => part.map((g) => g.toString(16)).join(':');
  return start < 0 ? hex(groups) : `${hex(groups.slice(0, start))}::${hex(groups.slice(start + longest))}`;
}

/** In its one spelling; a single address has no `/bits`. */
export function networkText(network: Network): string {
  const { address, prefix } = network;
  const [text, width] = isMapped(network)
    ? [[...address.subarray(MAPPED.length)].join('.'), 32]
    : [ipv6Text(address), 128];
  return prefix === 128 ? text : `${text}/${prefix - (128 - width)}`;
}
