// SPDX-License-Identifier: Apache-2.0
import { gradeOf, type Teller, timeOf, typeOf } from './item.ts';
import type { Message } from './transport.ts';

const SEVERITIES = { information: 6, notice: 5, warning: 4 };
const MSGID_MOST = 32;
const HOST_MOST = 255;

/** RFC 5424: `<PRI>1 TIME HOST APP PROCID MSGID [origin …] MSG`. The line has no line break, whatever a record holds. */
export function syslogMessage({ item, line }: Message, facility: number, teller: Teller): string {
  const priority = facility * 8 + SEVERITIES[gradeOf(item)];
  const host = visible(teller.host, HOST_MOST);
  const id = visible(typeOf(item), MSGID_MOST);
  const origin = `[origin software="tracegate" swVersion="${teller.version.replace(/["\\\]]/g, '')}"]`;
  return `<${priority}>1 ${timeOf(item)} ${host} tracegate-${teller.part} ${teller.processId} ${id} ${origin} ${line}`;
}

function visible(text: string, most: number): string {
  return text.replace(/[^\x21-\x7e]/g, '').slice(0, most) || '-';
}
