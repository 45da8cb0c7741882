// SPDX-License-Identifier: Apache-2.0
import type { Command } from '../command.ts';
import { auditCheckpoint } from './audit/checkpoint.ts';
import { auditExport } from './audit/export.ts';
import { auditList } from './audit/list.ts';
import { auditProof } from './audit/proof.ts';
import { auditPrune } from './audit/prune.ts';
import { auditRedact } from './audit/redact.ts';
import { auditRotateKey } from './audit/rotate-key.ts';
import { auditSeal } from './audit/seal.ts';
import { auditShow } from './audit/show.ts';
import { auditSinks } from './audit/sinks.ts';
import { auditVerify } from './audit/verify.ts';
import { auditWitness } from './audit/witness.ts';
import { bpfBaseline } from './bpf/baseline.ts';
import { bpfGuard } from './bpf/guard.ts';
import { bpfList } from './bpf/list.ts';
import { bpfLoads } from './bpf/loads.ts';
import { configShow } from './config/show.ts';
import { eventsCommand } from './events.ts';
import { exceptionsAdd } from './exceptions/add.ts';
import { exceptionsApprove } from './exceptions/approve.ts';
import { exceptionsList } from './exceptions/list.ts';
import { exceptionsRevoke } from './exceptions/revoke.ts';
import { explainCommand } from './explain.ts';
import { foreseeCommand } from './foresee.ts';
import { hostCheck } from './host/check.ts';
import { hostFacts } from './host/facts.ts';
import { newCommand } from './new.ts';
import { policyApply } from './policy/apply.ts';
import { policyApprove } from './policy/approve.ts';
import { policyDelete, policyDisable, policyEnable, policyMode } from './policy/change.ts';
import { policyDiff } from './policy/diff.ts';
import { policyGet } from './policy/get.ts';
import { policyHistory } from './policy/history.ts';
import { policyList } from './policy/list.ts';
import { policyStatus } from './policy/status.ts';
import { reviewCommand } from './review.ts';
import { rulesAllowOlder } from './rules/allow-older.ts';
import { rulesBench } from './rules/bench.ts';
import { rulesBuild } from './rules/build.ts';
import { rulesExplain } from './rules/explain.ts';
import { rulesLint } from './rules/lint.ts';
import { rulesList } from './rules/list.ts';
import { rulesNew } from './rules/new.ts';
import { rulesReplay } from './rules/replay.ts';
import { rulesTest } from './rules/test.ts';
import { resumeCommand, suspendCommand } from './suspend.ts';
import { tokenCreate } from './token/create.ts';
import { tokenList } from './token/list.ts';
import { tokenRevoke } from './token/revoke.ts';

/** In the order help shows them. */
export const COMMANDS: readonly Command[] = [
  reviewCommand,
  explainCommand,
  foreseeCommand,
  newCommand,
  policyApply,
  policyList,
  policyGet,
  policyStatus,
  policyHistory,
  policyDiff,
  policyEnable,
  policyDisable,
  policyMode,
  policyApprove,
  policyDelete,
  suspendCommand,
  resumeCommand,
  eventsCommand,
  auditList,
  auditShow,
  auditVerify,
  auditExport,
  auditCheckpoint,
  auditSinks,
  auditWitness,
  bpfList,
  bpfLoads,
  bpfGuard,
  bpfBaseline,
  auditProof,
  auditSeal,
  auditPrune,
  auditRedact,
  auditRotateKey,
  rulesList,
  rulesExplain,
  rulesNew,
  rulesTest,
  rulesLint,
  rulesBuild,
  rulesBench,
  rulesReplay,
  rulesAllowOlder,
  exceptionsList,
  exceptionsAdd,
  exceptionsApprove,
  exceptionsRevoke,
  hostFacts,
  hostCheck,
  tokenCreate,
  tokenList,
  tokenRevoke,
  configShow,
];
