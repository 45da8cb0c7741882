// SPDX-License-Identifier: Apache-2.0
/**
 * YAML as Kubernetes reads it, minus what makes one text mean two things: merge keys, tags, duplicate keys and
 * unbounded aliases are refused, and a plain scalar on which YAML 1.1 and 1.2 disagree is handed on as a doubt.
 * js-yaml parses (events with offsets); values are built here, so that every one of them passes these checks.
 */
import {
  EVENT_ID,
  type Event,
  getScalarValue,
  parseEvents,
  SCALAR_STYLE,
  type ScalarEvent,
  YAMLException,
} from 'js-yaml';
import { type PathPart, pointerOf } from './json-pointer.ts';
import { plainObject } from './plain-object.ts';
import { LIMITS, type ScalarDoubt, type SourceDocument, sourceDocument } from './source-document.ts';
import { excerpt, lineAt, lineStartsOf, placeOf, unreadable } from './source-text.ts';
import { isDoubtfulKey, isInexact, readPlain } from './yaml-scalars.ts';

interface Walk {
  text: string;
  events: readonly Event[];
  /** index of the next event */
  next: number;
  /** anchor name → index of the event it stands on; known only once that node is complete */
  anchors: Map<string, number>;
  /** an alias means what its anchor meant where the alias stands, also when it is read again through another one */
  targets: Map<number, number>;
  aliases: number;
  /** how many aliases the walk is inside of */
  replays: number;
  values: number;
  depth: number;
  path: PathPart[];
  doubts: ScalarDoubt[];
  offsets: Map<string, number> | undefined;
}

/** Every document of a YAML stream that is not empty; throws Fault `unreadable`. */
export function readYaml(text: string): SourceDocument[] {
  const events = parsed(text);
  const documents: SourceDocument[] = [];
  for (let at = 0; at < events.length; at++) {
    const event = events[at] as Event;
    if (event.type !== EVENT_ID.DOCUMENT) continue;
    if (event.directives.some((directive) => directive.kind === 'tag')) {
      throw unreadable('the YAML document declares tags', 'remove the %TAG line');
    }
    const document = readFrom(text, events, at + 1);
    if (document.value !== null) documents.push(document);
  }
  return documents;
}

function parsed(text: string): Event[] {
  refuseSwarm(text);
  try {
    return parseEvents(text, { maxDepth: LIMITS.nesting });
  } catch (error) {
    if (!(error instanceof YAMLException))
      throw unreadable('the YAML parser gave up', 'check the indentation and quoting');
    const place = error.mark ? placeOf(text, error.mark.position) : undefined;
    throw unreadable(
      `this is not readable YAML: ${excerpt(error.reason)}`,
      'check the indentation and quoting',
      place,
    );
  }
}

/** The parser's cost grows with lines and list members, so a text with more than any policy has is not given to it. */
function refuseSwarm(text: string): void {
  let members = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if ((code === 10 || code === 13 || code === 44) && ++members > LIMITS.values) {
      const what = `the document has more than ${LIMITS.values} lines and list members`;
      throw unreadable(what, 'make it smaller', placeOf(text, at));
    }
  }
}

function readFrom(text: string, events: readonly Event[], first: number): SourceDocument {
  const walk = start(text, events, first, undefined);
  const value = readNode(walk);
  const linesOf = () => {
    const offsets = new Map<string, number>();
    readNode(start(text, events, first, offsets));
    const starts = lineStartsOf(text);
    return new Map([...offsets].map(([pointer, offset]) => [pointer, lineAt(starts, offset)]));
  };
  return sourceDocument(value, walk.doubts, linesOf);
}

function start(
  text: string,
  events: readonly Event[],
  next: number,
  offsets: Map<string, number> | undefined,
): Walk {
  return {
    text,
    events,
    next,
    anchors: new Map(),
    targets: new Map(),
    aliases: 0,
    replays: 0,
    values: 0,
    depth: 0,
    path: [],
    doubts: [],
    offsets,
  };
}

function readNode(walk: Walk): unknown {
  const index = walk.next++;
  const event = walk.events[index] as Event;
  if (++walk.values > LIMITS.values) {
    throw broken(
      walk,
      event,
      `the document holds more than ${LIMITS.values} values`,
      'make it smaller, expand fewer aliases',
    );
  }
  if (event.type === EVENT_ID.ALIAS) return readAlias(walk, index);
  if (event.type === EVENT_ID.DOCUMENT || event.type === EVENT_ID.POP) {
    throw unreadable('the YAML document ends too early', 'check the indentation');
  }
  refuseTag(walk, event);
  note(walk, offsetOf(event));
  const value = readContent(walk, event);
  remember(walk, event, index);
  return value;
}

/** An anchor stands for a node once that is complete, so none can hold itself; read again through an alias, it moves nothing. */
function remember(walk: Walk, event: Exclude<Event, { type: 1 | 6 }>, index: number): void {
  if (walk.replays > 0 || event.anchorStart < 0) return;
  walk.anchors.set(walk.text.slice(event.anchorStart, event.anchorEnd), index);
}

function readContent(walk: Walk, event: Event): unknown {
  if (event.type === EVENT_ID.SCALAR) return readScalar(walk, event);
  if (++walk.depth > LIMITS.nesting) {
    throw broken(walk, event, `the document is nested deeper than ${LIMITS.nesting} levels`, 'flatten it');
  }
  const value = event.type === EVENT_ID.MAPPING ? readMapping(walk) : readSequence(walk);
  walk.depth--;
  return value;
}

function readAlias(walk: Walk, index: number): unknown {
  const event = walk.events[index] as Event & { anchorStart: number; anchorEnd: number };
  const name = walk.text.slice(event.anchorStart, event.anchorEnd);
  const target = walk.targets.get(index) ?? walk.anchors.get(name);
  if (target === undefined) {
    throw broken(
      walk,
      event,
      `the alias *${excerpt(name)} names no anchor before it, or itself`,
      'write the value out',
    );
  }
  if (++walk.aliases > LIMITS.aliases) {
    throw broken(
      walk,
      event,
      `the document expands more than ${LIMITS.aliases} aliases`,
      'write the values out',
    );
  }
  walk.targets.set(index, target);
  note(walk, event.anchorStart);
  const resume = walk.next;
  walk.next = target;
  walk.replays++;
  const value = readNode(walk);
  walk.replays--;
  walk.next = resume;
  return value;
}

function readSequence(walk: Walk): unknown[] {
  const array: unknown[] = [];
  while (!popped(walk)) {
    walk.path.push(array.length);
    array.push(readNode(walk));
    walk.path.pop();
  }
  return array;
}

function readMapping(walk: Walk): Record<string, unknown> {
  const object = plainObject();
  while (!popped(walk)) {
    const event = walk.events[walk.next] as Event;
    const key = readKey(walk);
    if (key in object)
      throw broken(walk, event, `the key "${excerpt(key)}" is there twice`, 'keep one of them');
    walk.path.push(key);
    note(walk, offsetOf(event));
    if ((event as ScalarEvent).style === SCALAR_STYLE.PLAIN && isDoubtfulKey(key)) {
      walk.doubts.push({ pointer: pointerOf(walk.path), kind: 'ambiguous-key', text: key });
    }
    object[key] = readNode(walk);
    walk.path.pop();
  }
  return object;
}

function popped(walk: Walk): boolean {
  if (walk.events[walk.next]?.type !== EVENT_ID.POP) return false;
  walk.next++;
  return true;
}

function readKey(walk: Walk): string {
  const event = walk.events[walk.next++] as Event;
  if (event.type !== EVENT_ID.SCALAR) {
    throw broken(
      walk,
      event,
      'a key is not a plain string',
      'write keys as text, not as lists, mappings or aliases',
    );
  }
  refuseTag(walk, event);
  const key = textOf(walk, event);
  if (key === '<<' && event.style === SCALAR_STYLE.PLAIN) {
    throw broken(walk, event, 'merge keys (<<) are not read', 'write the merged fields out');
  }
  if (event.anchorStart >= 0)
    walk.anchors.set(walk.text.slice(event.anchorStart, event.anchorEnd), walk.next - 1);
  return key;
}

function readScalar(walk: Walk, event: ScalarEvent): unknown {
  const text = textOf(walk, event);
  if (event.style !== SCALAR_STYLE.PLAIN) return text;
  const { value, ambiguous } = readPlain(text);
  if (ambiguous) walk.doubts.push({ pointer: pointerOf(walk.path), kind: 'ambiguous', text });
  else if (typeof value === 'number' && isInexact(value)) {
    walk.doubts.push({ pointer: pointerOf(walk.path), kind: 'inexact', text });
  }
  return value;
}

function textOf(walk: Walk, event: ScalarEvent): string {
  const text = getScalarValue(walk.text, event);
  if (event.style === SCALAR_STYLE.DOUBLE_QUOTED && !text.isWellFormed()) {
    throw broken(walk, event, 'a string holds half a surrogate pair', 'write both halves or none');
  }
  return text;
}

function refuseTag(walk: Walk, event: Event): void {
  if ('tagStart' in event && event.tagStart >= 0) {
    const tag = excerpt(walk.text.slice(event.tagStart, event.tagEnd));
    throw broken(walk, event, `the tag ${tag} is not read`, 'remove it; quote what is meant as text');
  }
}

function note(walk: Walk, offset: number): void {
  if (!walk.offsets || offset < 0) return;
  const pointer = pointerOf(walk.path);
  if (!walk.offsets.has(pointer)) walk.offsets.set(pointer, offset);
}

function offsetOf(event: Event): number {
  if (event.type === EVENT_ID.SCALAR) return event.valueStart;
  if (event.type === EVENT_ID.ALIAS) return event.anchorStart;
  return event.type === EVENT_ID.SEQUENCE || event.type === EVENT_ID.MAPPING ? event.start : -1;
}

function broken(walk: Walk, event: Event, what: string, fix: string): Error {
  const offset = offsetOf(event);
  return unreadable(what, fix, offset < 0 ? undefined : placeOf(walk.text, offset));
}
