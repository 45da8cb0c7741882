// SPDX-License-Identifier: Apache-2.0
import { findOpa } from '../../src/rule-kit/opa.ts';

/** The pinned opa, or why a test that needs it is skipped: no Go, or no way to fetch the source. */
export function neededOpa(): { opa: string; skip: string | false } {
  const without = (reason: string) => ({ opa: '', skip: `opa cannot be built (${reason})` });
  try {
    const opa = findOpa();
    return opa === undefined ? without('Go is missing') : { opa, skip: false };
  } catch (thrown) {
    return without(
      thrown instanceof Error ? thrown.message.trim().split('\n').slice(-1).join() : String(thrown),
    );
  }
}
