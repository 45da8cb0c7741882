// SPDX-License-Identifier: Apache-2.0
/** One event on one line. */
import type { StackFrame, TraceEvent } from '../../model/event.ts';
import { partOf } from './event-filter.ts';

export function compactEvent(event: TraceEvent, timestamps: boolean): string {
  const words = [
    ...(timestamps ? [event.time] : []),
    ...(throttleWords(event) ?? ofProcess(event)),
    ...(event.tracegate?.aggregated ? [`(${event.tracegate.aggregated.count} more)`] : []),
    ...(event.tracegate?.would_have ? [`(not done: ${event.tracegate.spared ?? 'monitor'})`] : []),
  ];
  return words
    .filter((word) => word !== '')
    .join(' ')
    .replace(/[\n\t]+/g, ' ');
}

function throttleWords({ process_throttle: told, tracegate: of }: TraceEvent): string[] | undefined {
  if (!told) return undefined;
  const policy = of?.policy_name === undefined ? (of?.throttled ?? '') : `policy ${of.policy_name}`;
  return ['throttle', told.type === 'THROTTLE_STOP' ? 'stop' : 'start', told.cgroup, of?.hook ?? '', policy];
}

function ofProcess(event: TraceEvent): string[] {
  const found = partOf(event);
  return found
    ? wordsOf(found.type, found.part as Record<string, unknown>)
    : ['event', JSON.stringify(event)];
}

function wordsOf(type: string, part: Record<string, unknown>): string[] {
  const process = (part.process ?? {}) as { binary?: string; pid?: number; arguments?: string };
  const who = `${process.binary ?? '?'}[${process.pid ?? '?'}]`;
  if (type === 'process_exec') return ['exec', who, process.arguments ?? ''];
  if (type === 'process_exit')
    return ['exit', who, part.signal ? String(part.signal) : `status ${part.status ?? 0}`];
  if (type === 'process_loader') {
    const id = typeof part.buildid === 'string' ? Buffer.from(part.buildid, 'base64').toString('hex') : '';
    return ['loader', who, String(part.path), id, `policy ${part.policy_name ?? '-'}`];
  }
  const call = callOf(part);
  const args = Array.isArray(part.args) ? part.args.map(argument).join(', ') : '';
  const returned = part.return === undefined ? '' : `= ${argument(part.return)}`;
  const action = String(part.action ?? '')
    .replace(/^KPROBE_ACTION_/, '')
    .toLowerCase();
  return [
    type.replace('process_', ''),
    who,
    `${call}(${args})`,
    returned,
    action,
    `policy ${part.policy_name ?? '-'}`,
    part.ima_hash === undefined ? '' : String(part.ima_hash),
    stackWords('kernel', part.kernel_stack_trace),
    stackWords('user', part.user_stack_trace),
  ];
}

/** Innermost first: the hooked function, what called it, and so on. */
function stackWords(side: string, frames: unknown): string {
  if (!Array.isArray(frames)) return '';
  const words = (frames as StackFrame[]).map(({ symbol, module, offset = '0' }) => {
    const place = `0x${BigInt(offset).toString(16)}`;
    if (module === undefined) return symbol === undefined ? '?' : `${symbol}+${place}`;
    return `${symbol ?? ''}(${module}+${place})`;
  });
  return `${side}: ${words.join(' < ')}`;
}

/** What was hooked, as policies name it. */
function callOf(part: Record<string, unknown>): string {
  if (typeof part.function_name === 'string') return part.function_name;
  if (typeof part.provider === 'string') return `${part.path}:${part.provider}/${part.name}`;
  if (typeof part.path === 'string') return `${part.path}:${part.symbol ?? part.offset}`;
  return `${part.subsys}/${part.event}`;
}

/** An argument is an object with one value under the name of its type; a label may stand beside it. */
function argument(arg: unknown): string {
  if (typeof arg !== 'object' || arg === null) return String(arg);
  const [value] = Object.entries(arg)
    .filter(([name]) => name !== 'label')
    .map(([, one]) => one);
  if (typeof value !== 'object' || value === null) return String(value);
  const { path, saddr, sport, daddr, dport, addr, port } = value as Record<string, unknown>;
  if (typeof path === 'string') return path;
  if (daddr !== undefined) return `${saddr}:${sport ?? 0} -> ${daddr}:${dport ?? 0}`;
  return addr === undefined ? JSON.stringify(value) : `${addr}:${port ?? 0}`;
}
