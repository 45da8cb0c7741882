// SPDX-License-Identifier: Apache-2.0
import type { SinkFormat } from '../config/sink-keys.ts';
import { cefOf } from './cef.ts';
import type { Item, Teller } from './item.ts';
import { ocsfOf } from './ocsf.ts';

/** An item as one line of text; for JSON and OCSF the line is JSON, of letters every system has. */
export function lineOf(item: Item, format: SinkFormat, teller: Teller): string {
  if (format === 'cef') return cefOf(item, teller);
  return asciiJson(format === 'ocsf' ? ocsfOf(item, teller) : plain(item));
}

function plain(item: Item): unknown {
  if (item.kind === 'event') return item.event;
  if (item.kind === 'checkpoint') return item.checkpoint;
  return item.kind === 'gap' ? item.gap : item.record;
}

/** RFC 5424 wants a mark before text that is not ASCII, which receivers stumble over: there is none that is not. */
function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
