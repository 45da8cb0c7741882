// SPDX-License-Identifier: Apache-2.0
/** The Common Event Format, version 0: a header between bars, then `key=value`. A `msg` there has 1023 characters at most. */
import { gradeOf, hasFailed, type Item, type Teller, timeOf, typeOf } from './item.ts';
import { messageOf } from './ocsf.ts';

const MESSAGE_MOST = 1023;
const SEVERITY = { information: 2, notice: 3, warning: 6 };

export function cefOf(item: Item, { part, host, version }: Teller): string {
  const header = ['Tracegate', `Tracegate ${part}`, version, typeOf(item), messageOf(item)].map(inHeader);
  const extension = Object.entries(extensionOf(item, host))
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}=${inExtension(String(value))}`);
  return `CEF:0|${header.join('|')}|${SEVERITY[gradeOf(item)]}|${extension.join(' ')}`;
}

function extensionOf(item: Item, host: string): Record<string, string | number | undefined> {
  const record = item.kind === 'record' ? item.record : undefined;
  return {
    rt: Date.parse(timeOf(item)),
    dvchost: item.kind === 'event' ? item.event.node_name : host,
    outcome: hasFailed(item) ? 'failure' : 'success',
    externalId: record?.seq,
    suser: record?.actor?.user,
    ...(item.kind !== 'event' && {
      cs1Label: 'log',
      cs1: record?.logId ?? logIdOf(item),
    }),
    ...(record?.object !== undefined && { cs2Label: 'object', cs2: record.object }),
    ...(record && { cs3Label: 'prev', cs3: record.prev }),
    msg: bodyOf(item),
  };
}

function bodyOf(item: Item): string {
  const text = JSON.stringify(item.kind === 'checkpoint' ? item.checkpoint.head : itself(item));
  return text.length <= MESSAGE_MOST ? text : `${text.slice(0, MESSAGE_MOST - 1)}…`;
}

function itself(item: Exclude<Item, { kind: 'checkpoint' }>): unknown {
  if (item.kind === 'record') return item.record.body;
  return item.kind === 'gap' ? item.gap : item.event;
}

function logIdOf(item: Item): string {
  if (item.kind === 'checkpoint') return item.checkpoint.logId;
  return item.kind === 'gap' ? item.gap.logId : '';
}

function inHeader(text: string): string {
  return text.replace(/[\r\n]+/g, ' ').replace(/[\\|]/g, '\\$&');
}

function inExtension(text: string): string {
  return text.replace(/[\\=]/g, '\\$&').replace(/\r/g, '\\r').replace(/\n/g, '\\n');
}
