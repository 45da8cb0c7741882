// SPDX-License-Identifier: Apache-2.0
/** `tracegate bpf guard`: who may load BPF programs on this host, and whether the others are kept from it. */
import { Fault } from '../../../errors.ts';
import { GATE_MODES, type GateMode, type GateStatus } from '../../../model/bpf-gate.ts';
import { command, EXIT } from '../../command.ts';
import { askedFor, oneLine } from './doors.ts';

interface GuardOptions {
  reason?: string;
}

export const bpfGuard = command<GuardOptions>({
  words: ['bpf', 'guard'],
  about: 'let unknown loaders of BPF programs in, watch them, or keep them out',
  args: [{ syntax: '[mode]', about: `${GATE_MODES.join(', ')}; without one, how it stands` }],
  options: [{ flags: '--reason <text>', about: 'why: kept in both audit logs' }],
  outputs: ['text', 'json'],
  async run(options, deps) {
    const [mode] = options.args;
    const path = '/v1/bpf/guard';
    const status =
      mode === undefined
        ? await askedFor<GateStatus>(deps, {
            gate: async (gate) => (await gate.call<GateStatus>({ method: 'GET', path })).body,
            agent: (agent) => agent.gateStatus(),
          })
        : await askedFor<GateStatus>(deps, {
            gate: async (gate) =>
              (await gate.call<GateStatus>({ method: 'PUT', path, body: wanted(mode, options) })).body,
            agent: (agent, by) => agent.setGate({ ...wanted(mode, options), by }),
          });
    if (options.output === 'json') await deps.out.json(status);
    else for (const line of wordsOf(status)) await deps.out.line(line);
    return EXIT.done;
  },
});

function wanted(mode: string, { reason = '' }: GuardOptions): { mode: GateMode; reason: string } {
  if (!GATE_MODES.includes(mode as GateMode))
    throw new Fault('usage', `${mode} is no mode: choose one of ${GATE_MODES.join(', ')}`);
  if (reason.trim() === '') throw new Fault('usage', 'say why: --reason TEXT goes into the audit logs');
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
