// SPDX-License-Identifier: Apache-2.0
export { type GateDeps, type RunningGate, startGate } from './gate.ts';
export { gatePaths } from './gate-paths.ts';
