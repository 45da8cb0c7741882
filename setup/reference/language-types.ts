// SPDX-License-Identifier: Apache-2.0
// The argument types of docs/language.md.
import { ARG_TYPES } from '../../src/model/crd/hook-schema.ts';
import {
  ARG_TYPE_TABLE,
  type ArgType,
  canonicalType,
  OPERATORS_OF,
} from '../../src/model/language/arg-types.ts';
import { shownBy } from './evidence.ts';
import { code, codes, table } from './markdown.ts';

const SEEN: Record<ArgType['class'], string> = {
  number: 'a number',
  text: 'text, up to the NUL',
  bytes: 'bytes, as many as the parameter `sizeArgIndex` says',
  path: 'the path of the file',
  file: 'the path of the file, and its type',
  socket: 'a socket, by its parts',
  packet: 'a packet, by what its headers say',
  address: 'an address: its one end is called the source',
  capabilities: 'a set of capabilities: a number, or names with commas between them',
  unix: 'the name of a unix socket, an abstract one without the NUL before it, and the family',
  pieces:
    'reported only: bytes, in as many pieces as the parameter `sizeArgIndex` says, or an array in the record of a tracepoint',
  derived: 'what the field of the tracepoint, or what `resolve` leads to, is on the host',
  opaque: 'reported only',
};

function typeRow([name, type]: [string, ArgType]): string[] {
  const aliases = ARG_TYPES.filter((other) => other !== name && canonicalType(other) === name);
  const width = type.bits === undefined ? '' : `, ${type.bits} bits, ${type.signed ? 'signed' : 'unsigned'}`;
  const seen = name === 'nop' ? 'nothing: keeps its place' : `${SEEN[type.class]}${width}`;
  return [code(name), codes(aliases), seen, codes(OPERATORS_OF[type.class]), shownBy(name)];
}

export const typeRows = () =>
  table(
    ['type', 'also written', 'read as', 'operators', 'shown by'],
    Object.entries(ARG_TYPE_TABLE).map(typeRow),
  );

/** None, by now. */
export function refusedTypes(): string[] {
  const refused = ARG_TYPES.filter((type) => canonicalType(type) === undefined);
  return refused.length === 0 ? ['Every type of the CRD is read.'] : [`Refused types: ${codes(refused)}.`];
}
