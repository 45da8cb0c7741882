// SPDX-License-Identifier: Apache-2.0
/** What Tetragon's language has and this runtime refuses for a reason of its own, and what to write instead. */
export interface Refusal {
  why: string;
  fix: string;
}

const CALLS_OUT: Refusal = {
  why: 'whoever can run a process could make the agent, which is root, call out',
  fix: 'use Post, and let what reads the events ask',
};

export const REFUSED_ACTIONS: Readonly<Record<string, Refusal>> = {
  GetUrl: CALLS_OUT,
  DnsLookup: CALLS_OUT,
};

export const NO_REGISTERS =
  "a program's registers can only be set from Linux 6.18 on, and this runtime does not do it";
const REGISTERS: Refusal = {
  why: NO_REGISTERS,
  fix: 'leave it out: Sigkill ends a program before the hooked function runs, and elsewhere Override takes argError',
};

/** Fields of actions that are refused with any. */
export const REFUSED_FIELDS: Readonly<Record<string, Refusal>> = {
  ...{ argRegs: REGISTERS, argNewSymbol: REGISTERS, argNewAddr: REGISTERS, argNewOffset: REGISTERS },
  ...{ argUrl: CALLS_OUT, argFqdn: CALLS_OUT },
};

/** Actions that Tetragon itself has taken out of its language; policies of old still write them. */
export const RETIRED_ACTIONS: readonly string[] = ['FollowFD', 'UnfollowFD', 'CopyFD'];
export const RETIRED_FIX =
  'Tetragon has taken it out, and nothing follows descriptors any more: an argument of type fd or file tells its path by itself';

const WHICH_POD: Refusal = {
  why: 'containers are told from the host and not from each other: which pod one belongs to is not known',
  fix: 'use containerSelector: {} for all containers, or name the programs by matchBinaries',
};

export const WHICH_CONTAINER: Refusal = {
  why: 'containers are told from the host and not from each other: their names and images are not known',
  fix: 'use containerSelector: {} for all containers, or name the programs by matchBinaries',
};

export const REFUSED_SCOPES: Readonly<Record<string, Refusal>> = {
  podSelector: WHICH_POD,
  nodeSelector: {
    why: 'an agent does not know the labels of its node, and every host would load the policy',
    fix: 'leave it out, and apply the policy to those hosts only',
  },
};
