// SPDX-License-Identifier: Apache-2.0
/** `tracegate bpf guard`: who may load BPF programs on this host, and whether the others are kept from it. */
import { isAbsolute } from 'node:path';
import { Fault } from '../../../errors.ts';
import { DIGEST_PATTERN, GATE_MODES, type GateMode, type GateStatus } from '../../../model/bpf-gate.ts';
import { command, EXIT } from '../../command.ts';
import { askedFor, type Doors, oneLine } from './doors.ts';

interface GuardOptions {
  reason?: string;
  digest?: string;
}

const ADMIT = 'admit';

export const bpfGuard = command<GuardOptions>({
  words: ['bpf', 'guard'],
  about: 'let unknown loaders of BPF programs in, watch them, or keep them out',
  args: [
    { syntax: '[mode]', about: `${GATE_MODES.join(', ')}, ${ADMIT}; without one, how it stands` },
    { syntax: '[file]', about: `of ${ADMIT}: the executable that the next agent runs` },
  ],
  options: [
    { flags: '--reason <text>', about: 'why: kept in both audit logs' },
    { flags: '--digest <sha256>', about: `of ${ADMIT}: sha256:… of that file` },
  ],
  outputs: ['text', 'json'],
  async run(options, deps) {
    const [mode, file] = options.args;
    const status = await askedFor<GateStatus>(deps, doorsOf(mode, file, options));
    if (options.output === 'json') await deps.out.json(status);
    else for (const line of wordsOf(status)) await deps.out.line(line);
    return EXIT.done;
  },
});

const GUARD = '/v1/bpf/guard';

function doorsOf(
  mode: string | undefined,
  file: string | undefined,
  options: GuardOptions,
): Doors<GateStatus> {
  if (mode === undefined)
    return {
      gate: async (gate) => (await gate.call<GateStatus>({ method: 'GET', path: GUARD })).body,
      agent: (agent) => agent.gateStatus(),
    };
  if (mode === ADMIT) {
    const body = successor(file, options);
    const path = `${GUARD}/successors`;
    return {
      gate: async (gate) => (await gate.call<GateStatus>({ method: 'POST', path, body })).body,
      agent: (agent, by) => agent.admitSuccessor({ ...body, by }),
    };
  }
  const body = wanted(mode, options);
  return {
    gate: async (gate) => (await gate.call<GateStatus>({ method: 'PUT', path: GUARD, body })).body,
    agent: (agent, by) => agent.setGate({ ...body, by }),
  };
}

function successor(file: string | undefined, { digest, reason = '' }: GuardOptions) {
  if (file === undefined || !isAbsolute(file))
    throw new Fault('usage', 'name the executable by its whole path: bpf guard admit /usr/bin/…');
  if (digest === undefined || !new RegExp(DIGEST_PATTERN).test(digest))
    throw new Fault('usage', 'say which content is meant: --digest sha256:…, as sha256sum prints it');
  if (reason.trim() === '') throw new Fault('usage', NO_REASON);
  return { path: file, digest, reason };
}

const NO_REASON = 'say why: --reason TEXT goes into the audit logs';

function wanted(mode: string, { reason = '' }: GuardOptions): { mode: GateMode; reason: string } {
  if (!GATE_MODES.includes(mode as GateMode))
    throw new Fault('usage', `${mode} is no mode: choose one of ${GATE_MODES.join(', ')}, or ${ADMIT}`);
  if (reason.trim() === '') throw new Fault('usage', NO_REASON);
  return { mode: mode as GateMode, reason };
}

const MEANT: Record<GateMode, string> = {
  off: 'every loader may load, and nothing is looked at',
  monitor: 'every loader may load; what would be denied is written down',
  enforce: 'only known loaders may load',
};

export function wordsOf(status: GateStatus): string[] {
  const { host, mode, suspended, reason, counts, baseline, loaders } = status;
  return [
    `${host}: ${mode}, ${MEANT[mode]}${suspended ? '; suspended: nothing is denied' : ''}`,
    ...(reason === undefined ? [] : [`not in force: ${reason}`]),
    `asked ${counts.asked}, denied ${counts.denied}, would have been denied ${counts.wouldHave}, records lost ${counts.lost}`,
    `baseline: ${baseline.state}, ${baseline.entries} kinds of loads, ${baseline.unaccepted} of them not accepted`,
    ...loaders
      .filter(({ state }) => state !== 'absent')
      .map(
        ({ path, digest, state, reason: why }) =>
          `${oneLine(path)}  ${state}${digest === '' ? '' : `  ${digest}`}${why === undefined ? '' : `: ${oneLine(why)}`}`,
      ),
  ];
}
