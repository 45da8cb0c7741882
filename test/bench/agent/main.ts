// SPDX-License-Identifier: Apache-2.0
/**
 * What an agent takes of the host it guards: memory with policies loaded and processes known, the time until it serves
 * again, CPU while nothing happens. `tracegate up` as it is started by users, observing policies, here and now.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { addons, bpfObjects, bundle, nodeBinary, root } from '../../../setup/steps.mjs';

const POLICIES = 50;
const PROCESSES = 10_000;
const RSS_AIM_MIB = 120;
const READY_AIM_MS = 3000;
const IDLE_AIM_PERCENT = 1;
const IDLE_MS = 20_000;
const SETTLE_MS = 8000;
const START_MS = 60_000;
const POLL_MS = 5;
const TICK_MS = 10;

const print = (line: string) => process.stdout.write(`${line}\n`);
const row = (what: string, value: string, aim: string, good: boolean) => {
  print(`${what.padEnd(52)}${value.padStart(10)}${aim.padStart(10)}${good ? '' : '  missed'}`);
  if (!good) process.exitCode = 1;
};

/** On a call nobody makes here, so that only the memory is theirs. */
const policy = (n: number) =>
  JSON.stringify({
    ...{ apiVersion: 'cilium.io/v1alpha1', kind: 'TracingPolicy', metadata: { name: `bench-${n}` } },
    spec: {
      tracepoints: [
        {
          ...{ subsystem: 'syscalls', event: 'sys_enter_symlinkat', args: [{ index: 5, type: 'string' }] },
          selectors: [{ matchArgs: [{ index: 5, operator: 'Prefix', values: [`/no/such/place/${n}/`] }] }],
        },
      ],
    },
  });

const folder = mkdtempSync(join(tmpdir(), 'tracegate-agent-'));
chmodSync(folder, 0o755); // the gate runs as somebody else
const stateDir = join(folder, 'state');
const socket = join(stateDir, 'agent.sock');
const pinDir = `/sys/fs/bpf/tracegate-bench-${process.pid}`;
const program = [join(root, 'bin/tracegate.mjs')];

async function until<T>(what: string, found: () => T | undefined): Promise<T> {
  for (const end = Date.now() + START_MS; Date.now() < end; await sleep(POLL_MS)) {
    const value = found();
    if (value !== undefined) return value;
  }
  throw new Error(`${what} did not come: see ${stateDir}`);
}

/** The process that runs from the agent's own executable. */
function agentPid(): number | undefined {
  const exe = join(stateDir, 'agent/bin/tracegate-agent');
  const isIt = (pid: string) => {
    try {
      return readlinkSync(`/proc/${pid}/exe`) === exe;
    } catch {
      return false; // it has ended
    }
  };
  const pid = readdirSync('/proc').find((name) => /^\d+$/.test(name) && isIt(name));
  return pid === undefined ? undefined : Number(pid);
}

interface Up {
  pid: number;
  readyMs: number;
  stop(): Promise<void>;
}

const statOf = (pid: number) => {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
};
const cpuMs = (pid: number) => {
  const stat = statOf(pid);
  return ((stat[11] as number) + (stat[12] as number)) * TICK_MS;
};
const sinceBootMs = () => Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]) * 1000;

let running: ChildProcess | undefined;

async function up(): Promise<Up> {
  const at = ['--state-dir', stateDir, '--agent-pin-dir', pinDir, '--listen', 'https://127.0.0.1:0'];
  const events = ['--events-file', join(folder, 'events.json')];
  const child = spawn(nodeBinary(), [...program, 'up', ...at, ...events], { stdio: 'pipe' });
  running = child;
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (bytes) => {
      said += bytes;
    });
  const pid = await until('the agent', agentPid);
  await until('its socket', () => existsSync(socket) || undefined);
  const readyMs = sinceBootMs() - (statOf(pid)[19] as number) * TICK_MS;
  await until('the gate', () => said.includes('is up') || undefined);
  return {
    pid,
    readyMs,
    stop: async () => {
      child.kill('SIGINT');
      await ended;
    },
  };
}

const tracegate = (...args: string[]) =>
  execFileSync(nodeBinary(), [...program, ...args, '--state-dir', stateDir], { encoding: 'utf8' });

function loadedPolicies(): number {
  const text = readFileSync(join(stateDir, 'agent.log'), 'utf8');
  return Number([...text.matchAll(/agent ready, (\d+) policies/g)].at(-1)?.[1]);
}

async function measure(): Promise<void> {
  writeFileSync(
    join(folder, 'policies.yaml'),
    Array.from({ length: POLICIES }, (_, n) => policy(n)).join('\n---\n'),
  );
  const first = await up();
  tracegate('policy', 'apply', '-f', join(folder, 'policies.yaml'));
  const links = () =>
    readdirSync(pinDir, { recursive: true }).filter((name) => String(name).includes('link-')).length;
  await until(`the last of ${POLICIES} policies`, () => links() >= POLICIES || undefined);
  await first.stop();
  const { pid, readyMs, stop } = await up();
  if (loadedPolicies() !== POLICIES) throw new Error(`${loadedPolicies()} policies are in force`);
  execFileSync('sh', ['-c', `seq ${PROCESSES} | xargs -n1 /bin/true`]);
  const lines = readFileSync(join(folder, 'events.json'), 'utf8').split('"process_exec"').length - 1;
  if (lines < PROCESSES) throw new Error(`the agent was told of ${lines} programs only`);
  await sleep(SETTLE_MS);
  const memory = Object.fromEntries(
    [...readFileSync(`/proc/${pid}/status`, 'utf8').matchAll(/^(VmRSS|RssAnon|RssFile):\s+(\d+)/gm)].map(
      ([, name, kib]) => [name, Math.round(Number(kib) / 1024)],
    ),
  ) as Record<'VmRSS' | 'RssAnon' | 'RssFile', number>;
  const before = cpuMs(pid);
  await sleep(IDLE_MS);
  const idlePercent = ((cpuMs(pid) - before) / IDLE_MS) * 100;
  await stop();
  print(`an agent with ${POLICIES} policies, told of ${PROCESSES} processes${' '.repeat(25)}aim`);
  row('resident, MiB', String(memory.VmRSS), String(RSS_AIM_MIB), memory.VmRSS <= RSS_AIM_MIB);
  print(`  its own ${memory.RssAnon}, of files (Node, libraries, the ring) ${memory.RssFile}`);
  row('from its start until it serves, ms', readyMs.toFixed(), String(READY_AIM_MS), readyMs <= READY_AIM_MS);
  row(
    'CPU while nothing happens, %',
    idlePercent.toFixed(2),
    `${IDLE_AIM_PERCENT}`,
    idlePercent <= IDLE_AIM_PERCENT,
  );
}

if (process.getuid?.() !== 0 || !existsSync('/sys/kernel/btf/vmlinux'))
  print('skipped: needs root, and a kernel with BTF');
else {
  bpfObjects();
  addons();
  bundle();
  try {
    await measure();
  } finally {
    running?.kill('SIGINT');
    rmSync(pinDir, { recursive: true, force: true });
    rmSync(folder, { recursive: true, force: true });
  }
}
