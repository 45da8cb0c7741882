// SPDX-License-Identifier: Apache-2.0
export { Foresight, type Hit, type HookForesight } from './foresee.ts';
export { readEvent } from './read-event.ts';
export type { Recorders, SeenCall, SeenProcess } from './seen.ts';
