import { trustQuestions as questionsOfTrust } from '../checks/trust';
import type { Finding } from '../findings/finding';
import { hasErrors } from '../findings/finding';
import type { RiskyFact } from '../projects/project';
import { textHash } from '../../kernel/text-hash';
import { changeKind } from './change-kind';
import type { ContainerStep, SwitchDecision } from './decide-switch';
import type { ModePlan, PlannedChange } from './plan';
import { canonicalText } from './service-differences';
import type { SwitchInput } from './switch-input';

/** What the checks and the trust question add to a decision. */
export interface PlanOpinions {
  readonly findings: readonly Finding[];
  readonly untrustedFacts: readonly RiskyFact[];
  readonly trusted: boolean;
}

const RANK = { error: 0, warning: 1, info: 2 } as const;

/** The plan as every door shows it. Its id changes whenever anything the switch would do, or may not do, changes. */
export function planSwitch(input: SwitchInput, decision: SwitchDecision, opinions: PlanOpinions): ModePlan {
  const findings = [...new Map([...opinions.findings, ...decision.findings].map((one) => [one.id, one])).values()].sort((a, b) => RANK[a.severity] - RANK[b.severity]);
  const images = new Map(decision.images.map((one) => [one.service, one]));
  const changes = decision.steps.map((step): PlannedChange => {
    const image = images.get(step.service);
    const making = step.action !== 'remove' && step.action !== 'keep' && image !== undefined && (image.kind === 'build' || image.kind === 'pull') ? image.kind : 'none';
    return {
      service: step.service,
      number: step.number,
      action: step.action,
      reasons: step.reasons,
      differences: step.differences,
      ...(step.old === undefined ? {} : { containerId: step.old.id }),
      ...(step.strategy === undefined ? {} : { strategy: step.strategy }),
      build: making,
      ...kindOf(input, decision, step),
    };
  });
  const trustQuestions = questionsOfTrust({ name: input.compose.model.name, trusted: opinions.trusted }, input.compose.model, opinions.untrustedFacts);
  return {
    id: planId(input, decision, findings, opinions),
    projectId: input.projectId,
    projectName: input.compose.model.name,
    mode: input.mode,
    from: decision.from,
    changes,
    volumesKept: decision.volumes.kept,
    volumesCreated: decision.volumes.created.map((one) => one.name),
    networksCreated: decision.networks.created.map((one) => one.name),
    networksRemoved: decision.networks.removed.map((one) => one.name),
    findings,
    mustAsk: hasErrors(findings) || trustQuestions.length > 0 || decision.dataAtStake.length > 0,
    trustQuestions: [...trustQuestions],
    trusted: trustQuestions.length === 0,
  };
}

/** Between two modes everything may differ, and nothing was edited. */
function kindOf(input: SwitchInput, decision: SwitchDecision, step: ContainerStep): Pick<PlannedChange, 'kind'> {
  if (decision.from !== input.mode || step.action === 'keep') return {};
  return {
    kind: changeKind(step, {
      isInFiles: input.compose.model.services[step.service] !== undefined,
      hasOthers: decision.steps.some((one) => one !== step && one.service === step.service && one.old !== undefined),
      builtNow: input.buildFingerprints[step.service] ?? '',
    }),
  };
}

function planId(input: SwitchInput, decision: SwitchDecision, findings: readonly Finding[], opinions: PlanOpinions): string {
  return `plan_${textHash(
    canonicalText({
      project: input.projectId,
      mode: input.mode,
      files: input.compose.files,
      hashes: input.compose.hashes,
      networkHashes: input.compose.networkHashes,
      volumeHashes: input.compose.volumeHashes,
      steps: decision.steps.map((one) => [one.service, one.number, one.action, one.old?.id, one.old?.state, one.finalName, one.strategy, one.inherited]),
      images: decision.images.map((one) => [one.service, one.kind, one.reference, one.fingerprint, one.id]),
      networks: [decision.networks.created, decision.networks.replaced.map((one) => one.id), decision.networks.removed],
      volumes: decision.volumes.created,
      errors: findings.filter((one) => one.severity === 'error').map((one) => one.id),
      trust: [opinions.trusted, opinions.untrustedFacts.map((one) => one.key)],
    }),
  )}`;
}
