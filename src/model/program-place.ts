// SPDX-License-Identifier: Apache-2.0
/** A place in a program or library, as a policy names it. */

/** A marker (USDT) stands at one or more points, which the file's notes tell. */
export interface Marker {
  provider: string;
  marker: string;
}

export type PlaceWanted =
  | { symbol: string; plus: number }
  | { offset: number }
  | { address: number }
  | Marker;

const hex = (n: number) => `0x${n.toString(16)}`;

/** The part of a place's name behind the file: `readline`, `readline+0x10`, `0x1149` (in the file), `@0x401149`, `provider/marker`. */
export function placeWords(at: PlaceWanted): string {
  if ('marker' in at) return `${at.provider}/${at.marker}`;
  if ('offset' in at) return hex(at.offset);
  if ('address' in at) return `@${hex(at.address)}`;
  return at.plus === 0 ? at.symbol : `${at.symbol}+${hex(at.plus)}`;
}

/** One name per place: the path has no colon behind its last slash, and the rest has none at all. */
export function placeName(path: string, at: PlaceWanted): string {
  return `${path}:${placeWords(at)}`;
}

/** What is wrong with a value that came from outside; undefined: nothing. */
export function isPlaceWanted(value: unknown): value is PlaceWanted {
  if (typeof value !== 'object' || value === null) return false;
  const { symbol, plus, offset, address, ...more } = value as Record<string, unknown>;
  if ('marker' in value) return isMarker(value as Record<string, unknown>);
  const isCount = (n: unknown) => Number.isSafeInteger(n) && (n as number) >= 0;
  if (Object.keys(more).length > 0) return false;
  if (symbol !== undefined)
    return typeof symbol === 'string' && isCount(plus) && offset === undefined && address === undefined;
  return (
    plus === undefined && (address === undefined ? isCount(offset) : isCount(address) && offset === undefined)
  );
}

function isMarker({ provider, marker, ...more }: Record<string, unknown>): boolean {
  return typeof provider === 'string' && typeof marker === 'string' && Object.keys(more).length === 0;
}
