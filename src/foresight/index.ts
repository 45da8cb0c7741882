// SPDX-License-Identifier: Apache-2.0
export { Foresight } from './foresee.ts';
export type { Hit, HookForesight } from './foreseen.ts';
export { readEvent } from './read-event.ts';
export type { Recorders, SeenCall, SeenProcess } from './seen.ts';
