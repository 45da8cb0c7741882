// SPDX-License-Identifier: Apache-2.0
// The tests that want a kernel of their own: each shard of a folder in a guest of each kernel.
import { spawn, spawnSync } from 'node:child_process';
import { dirname } from 'node:path';
import { kernelReady, labRoot } from './lab-kernels.mjs';
import { GUEST_CPUS_AT_ONCE, GUESTS_AT_ONCE, jobsOf, leftOut } from './lab-shares.mjs';
import { bundledTest, bundleLabTests, compileCache, root, say } from './steps.mjs';

/** Before what a developer's shell adds: a script that picks a Python's version takes seconds in an emulated machine. */
const SYSTEM_PATH = '/usr/sbin:/usr/bin:/sbin:/bin';
/** Five times what the longest takes here. */
const GUEST_SECONDS_MAX = 1500;
/** No vectors for OpenSSL: emulated, a SHA-256 takes five times as long with them. */
const PLAIN_HASHES = 'OPENSSL_ia32cap=0:0';
/** Runs a guest to its end: what it printed, and its status. */
function guest({ kernel, cpus, memoryMib }, command) {
  return new Promise((resolve) => {
    let text = '';
    const child = spawn(
      'test/lab/vmrun',
      [
        ...['-t', String(GUEST_SECONDS_MAX), '-s', String(cpus), '-m', String(memoryMib)],
        ...['-k', kernel, command],
      ],
      {
        cwd: root,
        env: { ...process.env, VMLAB: labRoot },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (chunk) => {
        text += chunk;
      });
    child.on('close', (status) => resolve({ text, status }));
  });
}

const COUNTS = /^#counts (.*)$/m;
/** How many tests of each file. */
const FILES = /^#files (.*)$/m;
/** 128 + SIGABRT, SIGSEGV, SIGILL, SIGBUS: Node itself ended. */
const NODE_DIED = new Set([134, 139, 132, 135]);
const NO_STATUS = 125;
/** `up` tells of its children. The gate loads no native code of ours; the agent does, and is not excused. */
const GATE_BROKE_OFF = /the gate has ended by SIG(SEGV|ILL|TRAP|BUS|ABRT)/;
/** In what the kernel said; the tests' own words are full of it. */
const OURS_IN_THE_TRACE = /^.*\[ *\d+\.\d+\].*(?:bpf_|ftrace|trampoline|text_poke)/m;
/** vmrun ends a guest in which a CPU has got nothing done for two minutes. */
const STALLED = /Kernel panic - not syncing: RCU Stall/;
/**
 * A breakpoint where the kernel patches code, met after it was patched out. On hardware that cannot be; QEMU before 8.1
 * translates code without holding on to its page, so that another CPU's write may go unnoticed.
 */
const STALE_BREAKPOINT = /\bint3: 0000 \[#\d+\]/; // two CPUs that break off at once mix their lines' beginnings

/** What the kernel said first when it broke off: the end of a long log is all that some readers see. */
export function lastWords(text) {
  const words = /^.*(?:Oops|BUG:|int3:|general protection|invalid opcode|detected stalls).*$/m.exec(
    text,
  )?.[0];
  return words ? `, the kernel with: ${words}` : '';
}

/**
 * Why a run tells nothing of the tests: under emulation V8, and the guest's kernel itself, break off now and then. Undefined: it
 * does. A kernel that broke off otherwise in or under a BPF program is never excused.
 */
export function excuse({ text, status }) {
  const failed = /^not ok /m.test(text);
  if (failed && GATE_BROKE_OFF.test(text)) return 'Node, as the gate, broke off';
  if (failed || COUNTS.test(text)) return undefined;
  if (text.includes('# Fatal error in') || NODE_DIED.has(status)) return 'Node broke off';
  if (status !== NO_STATUS || !text.includes('Kernel panic')) return undefined;
  if (STALE_BREAKPOINT.test(text)) return 'a breakpoint outlived its patching';
  if (OURS_IN_THE_TRACE.test(text)) return undefined;
  return `${STALLED.test(text) ? 'a CPU of the guest hung' : "the guest's kernel broke off"} outside of BPF`;
}

async function runJob(job, commandOf, total, tests) {
  const started = Date.now();
  let done = await guest(job, commandOf(job));
  const why = excuse(done);
  if (why) {
    process.stdout.write(done.text.replace(COUNTS, ''));
    say(`${job.name}: ${why} in the emulated machine (see above); run once more`);
    done = await guest(job, commandOf(job));
  }
  const counts = COUNTS.exec(done.text)?.[1];
  const text = done.text.replace(COUNTS, '').replace(FILES, '');
  process.stdout.write(text.replace(/\n+$/, '\n').trimStart());
  for (const [key, n] of Object.entries(counts ? JSON.parse(counts) : { failed: 1 })) total[key] += n;
  for (const [file, n] of Object.entries(JSON.parse(FILES.exec(done.text)?.[1] ?? '{}')))
    tests[file] = (tests[file] ?? 0) + n;
  if (!counts)
    say(`not ok ${job.name}: ended with ${done.status} before it counted its tests${lastWords(done.text)}`);
  say(`${job.name}: ${Math.round((Date.now() - started) / 1000)} s`);
}

/** What a guest writes is gone with it: the cache that its Node reads is filled here. */
function fillCompileCache(node) {
  const env = { ...process.env, NODE_COMPILE_CACHE: compileCache };
  const load =
    "await import('./build/test/kernel/runtime-fixture.mjs'); await import('./build/test/kernel/gate-fixture.mjs')";
  spawnSync(node, ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', load], {
    cwd: root,
    env,
  });
}

/** Runs the jobs in their order, `lanes` of them at once as long as their CPUs are not too many together. */
async function inLanes(jobs, lanes, run) {
  const running = new Set();
  let cpus = 0;
  for (const job of jobs) {
    while (running.size >= lanes || (running.size > 0 && cpus + job.cpus > GUEST_CPUS_AT_ONCE))
      await Promise.race(running);
    cpus += job.cpus;
    const ended = run(job).finally(() => {
      running.delete(ended);
      cpus -= job.cpus;
    });
    running.add(ended);
  }
  await Promise.all(running);
}

/** Adds what it counts to `total`. `nodeArgs`: how Node is to run test files. `everywhere`: each test on each kernel. */
export async function labTests(node, folders, { nodeArgs, total, skip, everywhere }) {
  const commandOf = ({ kernel, files, pinned }) =>
    `export PATH=${dirname(node)}:${SYSTEM_PATH}:${process.env.PATH} LAB_KERNEL=${kernel} LAB_ROOT=${labRoot} ${PLAIN_HASHES} NODE_COMPILE_CACHE=${compileCache}; exec ${pinned ? 'taskset -c 0 ' : ''}node ${nodeArgs(files.map(bundledTest), ['--test-isolation=none', '--test-force-exit']).join(' ')}`;
  const ready = ({ name, kernel }) => {
    const missing = kernelReady(kernel);
    if (missing) skip(name, missing);
    return !missing;
  };
  bundleLabTests();
  fillCompileCache(node);
  for (const folder of folders) {
    const jobs = jobsOf(folder, everywhere).filter(ready);
    const tests = {};
    await inLanes(jobs, GUESTS_AT_ONCE[folder], (job) => runJob(job, commandOf, total, tests));
    if (folder === 'kernel' && !everywhere) say(leftOut(tests));
  }
}
