// SPDX-License-Identifier: Apache-2.0
export { changesBetween } from './changes.ts';
export { type Effects, effectsOf, type HookEffects } from './effects.ts';
export { type Cost, costOf, type Heat, heatOf } from './hook-costs.ts';
export { actionWords } from './words.ts';
