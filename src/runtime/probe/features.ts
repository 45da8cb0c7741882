// SPDX-License-Identifier: Apache-2.0
/** What this kernel really takes: each mechanism is loaded and attached once, with a configuration that does nothing. */
import { existsSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { Fault } from '../../errors.ts';
import { kernelBtf } from '../../kernel/facts.ts';
import type { Feature, FeatureName } from '../../model/facts.ts';
import { STRUCTS, TG_FAMILY, TG_ROLE } from '../../plan/layout.generated.ts';
import type { Template } from '../../plan/plan.ts';
import { lsmFunction } from '../../plan/symbols.ts';
import { ATTACH } from '../attach.ts';
import { kernelReason, type Native, type NativeFailure } from '../native.ts';
import type { Templates } from '../templates.ts';
import { UPROBE_PMU } from '../uprobes.ts';
import { preemption } from './preemption.ts';

const LOCKDOWN_FILE = '/sys/kernel/security/lockdown';
const CAP_SYS_ADMIN = 21n;
const LSM_FILE = '/sys/kernel/security/lsm';

function attempt(action: () => void): Feature {
  try {
    action();
    return { available: 'yes' };
  } catch (thrown) {
    return { available: 'no', reason: kernelReason(thrown) };
  }
}

/** What a tracing program hangs on, by the kernel's own type information. */
function btfIdOf(template: Template, target: string): number {
  if (template === 'raw_tracepoint') return 0;
  const prototype = kernelBtf()?.prototype(target);
  if (!prototype) throw new Fault('kernel', `the kernel's type information (BTF) does not name ${target}`);
  return prototype.btfId;
}

function attachOnce(native: Native, templates: Templates, template: Template, target: string): Feature {
  return attempt(() => {
    const nothing = Buffer.alloc(STRUCTS.tg_hook_config.size);
    const fd = templates.copy(template, nothing, btfIdOf(template, target), 'tg_probe');
    try {
      native.closeFd(ATTACH[template](native, fd, { template, target, btfId: 0 }));
    } finally {
      native.closeFd(fd);
    }
  });
}

/** An LSM program attaches even where `bpf` is not among the active LSMs, and is then never called. */
function lsm(native: Native, templates: Templates): Feature {
  const attached = attachOnce(native, templates, 'lsm', lsmFunction('file_open'));
  if (attached.available !== 'yes') return attached;
  if (!existsSync(LSM_FILE))
    return { available: 'unknown', reason: `${LSM_FILE} cannot be read: is securityfs mounted?` };
  const active = readFileSync(LSM_FILE, 'utf8').trim();
  return active.split(',').includes('bpf')
    ? attached
    : { available: 'no', reason: `bpf is not among the active LSMs (${active})` };
}

/** A program that keeps something with the running task. */
function taskStorage(native: Native, templates: Templates): Feature {
  return attempt(() => {
    const leaving = Buffer.alloc(STRUCTS.tg_hook_config.size);
    leaving.writeUInt8(TG_ROLE.TG_ROLE_LEAVE, STRUCTS.tg_hook_config.fields.roles.offset);
    leaving.writeUInt8(TG_FAMILY.TG_K_UNLINK, STRUCTS.tg_hook_config.fields.family.offset);
    native.closeFd(templates.copy('fentry', leaving, btfIdOf('fentry', 'security_file_open'), 'tg_probe'));
  });
}

/** A folder is no program: a kernel that knows such links says so, any other that it does not. */
function uprobeMulti(native: Native, templates: Templates): Feature {
  const nowhere = { path: '/', offset: 1, refCtrOffset: 0, atReturn: false };
  let fd: number | undefined;
  try {
    fd = templates.copy('uprobe_multi', Buffer.alloc(STRUCTS.tg_hook_config.size), 0, 'tg_probe');
    native.closeFd(native.attachUprobeMulti(fd, nowhere));
    return { available: 'unknown', reason: 'the kernel hooked a folder' };
  } catch (thrown) {
    return (thrown as NativeFailure).errno === constants.errno.EBADF
      ? { available: 'yes' }
      : { available: 'no', reason: `such links came with Linux 6.6 (${kernelReason(thrown)})` };
  } finally {
    if (fd !== undefined) native.closeFd(fd);
  }
}

/**
 * Not tried: the kernel's log warns of each program that may write to a process, and a host that never asks for it should
 * not have that line. What refuses it is known: the right to administer, and a kernel that is locked down.
 */
function writeUser(): Feature {
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0';
  if (((BigInt(`0x${effective}`) >> CAP_SYS_ADMIN) & 1n) === 0n)
    return {
      available: 'no',
      reason: 'the agent runs without CAP_SYS_ADMIN, which writing to processes takes',
    };
  const lockdown = existsSync(LOCKDOWN_FILE) ? readFileSync(LOCKDOWN_FILE, 'utf8') : '[none]';
  return lockdown.includes('[none]')
    ? { available: 'yes' }
    : { available: 'no', reason: `the kernel is locked down (${lockdown.trim()})` };
}

export function probeFeatures(native: Native, templates: Templates): Record<FeatureName, Feature> {
  const fentry = attachOnce(native, templates, 'fentry', 'security_file_open');
  const traced = (template: Template) =>
    fentry.available === 'yes' ? attachOnce(native, templates, template, 'security_file_open') : fentry;
  const tracefs = existsSync('/sys/kernel/tracing/events') || existsSync('/sys/kernel/debug/tracing/events');
  return {
    fentry,
    fmod_ret: traced('fmod_ret'),
    lsm: fentry.available === 'yes' ? lsm(native, templates) : fentry,
    raw_tracepoint: attachOnce(native, templates, 'raw_tracepoint', 'sched_process_exec'),
    tracepoint: tracefs ? { available: 'yes' } : { available: 'no', reason: 'tracefs is not mounted' },
    kprobe: existsSync('/sys/bus/event_source/devices/kprobe')
      ? { available: 'yes' }
      : { available: 'no', reason: 'the kernel is built without kprobes' },
    override_return: {
      available: 'unknown',
      reason: 'not used by this runtime: fmod_ret does the same without the race',
    },
    uprobe: existsSync(UPROBE_PMU)
      ? { available: 'yes' }
      : { available: 'no', reason: 'the kernel is built without uprobes' },
    uprobe_multi: uprobeMulti(native, templates),
    write_user: writeUser(),
    ringbuf: { available: 'yes' },
    task_storage: fentry.available === 'yes' ? taskStorage(native, templates) : fentry,
    ...preemption(),
  };
}
