// SPDX-License-Identifier: Apache-2.0
export { type AppDeps, createApp } from './app.ts';
export { PROBLEM_TYPE, problemOf } from './problem.ts';
export { type RateLimiter, rateLimiter } from './rate-limiter.ts';
export { readBody } from './read-body.ts';
