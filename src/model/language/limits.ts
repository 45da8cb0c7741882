// SPDX-License-Identifier: Apache-2.0
/** How much one policy may ask of the runtime. A guardrail may be stricter; the kernel programs are built for these. */
export const POLICY_LIMITS = {
  hooks: 32,
  args: 5,
  /** parameters a kernel function's registers carry to a probe */
  argIndex: 4,
  tracepointField: 127,
  /** arguments that a marker of a program may have */
  markerArg: 11,
  selectors: 5,
  /** entries of each filter list in a selector */
  matches: 5,
  values: 192,
  /** process ids of a filter */
  pids: 64,
  valueBytes: 255,
  containedBytes: 99,
  actions: 3,
  messageBytes: 256,
  tagBytes: 128,
  /** what one program holds of a hook's filters, all its selectors together */
  hookMatches: 30,
  hookProcessMatches: 32,
  hookNumbers: 512,
  hookStrings: 192,
  hookWords: 2048,
} as const;
