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
