// SPDX-License-Identifier: Apache-2.0
/** The one screen `up` prints: where it is, what this kernel can and cannot do and why, what to try. */
import type { HostFacts } from '../model/facts.ts';
import { type Suspension, suspensionWords } from '../model/suspension.ts';

export interface ScreenFacts {
  url: string;
  tokenFile: string;
  stateDir: string;
  /** undefined: no agent runs */
  facts: HostFacts | undefined;
  agentProblem?: string;
  suspensions: readonly Suspension[];
  gateUser: string;
  profile: string;
  command: string;
}

const yes = (facts: HostFacts, feature: keyof HostFacts['features']) =>
  facts.features[feature].available === 'yes';

function abilities(facts: HostFacts): string[] {
  const traced = yes(facts, 'fentry');
  const reason = facts.features.fentry.reason;
  const denial = yes(facts, 'lsm')
    ? 'BPF LSM'
    : yes(facts, 'fmod_ret')
      ? 'fmod_ret on security functions'
      : undefined;
  return [
    traced
      ? '  can    observe kernel functions and syscalls'
      : `  cannot observe kernel functions: no fentry here (${reason ?? 'not told why'})`,
    ...(traced ? [] : yes(facts, 'raw_tracepoint') ? ['  can    observe syscalls and raw tracepoints'] : []),
    denial && traced
      ? `  can    deny before the effect (${denial})`
      : '  cannot deny a call: an Override is refused here, with the reason',
    yes(facts, 'raw_tracepoint')
      ? `  can    kill (Sigkill)${denial && traced ? '' : '; the running call may still take effect'}`
      : '  cannot kill',
  ];
}

export function screen(s: ScreenFacts): string {
  const kernel = s.facts
    ? [`This kernel (${s.facts.kernelRelease}, ${s.facts.host}):`, ...abilities(s.facts)]
    : ['No agent: policies are judged and stored, nothing is loaded.', `  ${s.agentProblem ?? ''}`];
  return [
    `Tracegate is up.  ${s.url}`,
    `  token    ${s.tokenFile}`,
    `  state    ${s.stateDir}   gate runs as ${s.gateUser}   profile ${s.profile}`,
    '',
    ...kernel,
    ...s.suspensions.map((one) => `  ${one.policy ?? 'everything'} is ${suspensionWords(one)}`),
    '',
    'Try:',
    `  ${s.command} review POLICY.yaml`,
    `  ${s.command} policy apply -f POLICY.yaml`,
    `  ${s.command} events -o compact`,
    '',
    `In the way? ${s.command} suspend --for 30m --reason WHY   nothing is denied or killed until then`,
    'Ctrl-C stops; what is enforced stays enforced until its policy is deleted.',
    '',
  ].join('\n');
}
