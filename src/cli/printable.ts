// SPDX-License-Identifier: Apache-2.0
/** Text for a terminal: what an attacker may have chosen must not move the cursor, recolour or reorder what is shown. */
const UNPRINTABLE = /(?![\n\t])[\p{Cc}\p{Cf}\u2028\u2029]/gu;
/** `JSON.stringify` escapes the control characters below the blank itself. */
const UNESCAPED = /[\p{Cc}\p{Cf}\u2028\u2029]/gu;

/** Control and direction characters replaced; line breaks and tabs stay. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, '\ufffd');
}

/** The same on one line. */
export function oneLine(text: string): string {
  return printable(text.replace(/[\n\t]+/g, ' '));
}

/** JSON that is as safe to show as it is to parse. */
export function printableJson(value: unknown, indent?: number): string {
  const escaped = (text: string) => text.replace(UNESCAPED, escapes);
  const json = JSON.stringify(value, undefined, indent) ?? 'null';
  // line breaks of the layout are not part of any string
  return indent === undefined ? escaped(json) : json.split('\n').map(escaped).join('\n');
}

function escapes(characters: string): string {
  return [...Array(characters.length).keys()]
    .map((at) => `\\u${characters.charCodeAt(at).toString(16).padStart(4, '0')}`)
    .join('');
}
