import { checkResult } from './check-result';
import type { Check, CheckInput, CheckResult } from './facts';
import { layerSource } from './variable-entries';

/** Variables that are nowhere set, and values that another one hides where nobody would look for it. */
export const checkEnvironment: Check = (input) => [...unsetVariables(input), ...shadowedVariables(input), ...shadowedEnvironments(input)];

function unsetVariables(input: CheckInput): readonly CheckResult[] {
  const byName = new Map<string, typeof input.compose.variables.uses>();
  for (const use of input.compose.variables.uses) if (use.isEmpty) byName.set(use.name, [...(byName.get(use.name) ?? []), use]);
  return [...byName].map(([name, uses]) => {
    const [first] = uses;
    return checkResult({
      service: first?.service,
      where: first?.where,
      object: name,
      code: 'ENV_UNSET',
      severity: 'warning',
      message: `The variable ${name} is not set; an empty text is used in its place.`,
      why: `${uses.length === 1 ? '' : `It is used in ${uses.length} places. `}Set it in the .env file, or write \${${name}:-default} if it may be left out and \${${name}:?} if it must not.`,
    });
  });
}

/** The shell wins over the .env file, and nobody sees it. */
function shadowedVariables(input: CheckInput): readonly CheckResult[] {
  return Object.entries(input.compose.variables.values).flatMap(([name, layers]) => {
    const [first, second] = layers;
    if (first?.kind !== 'shell' || second === undefined || first.value === second.value) return [];
    return [
      checkResult({
        where: second.where,
        object: name,
        code: 'ENV_SHADOWED',
        severity: 'info',
        message: `The value of ${name} in ${layerSource(input.compose.projectDir, second)} is not used: the shell sets another one.`,
        why: 'Variables of the process that Berth was started from go before .env files. Unset it there if the file shall decide.',
      }),
    ];
  });
}

/** A value of an env_file that `environment` or a later env_file of the same service hides. One compose file overriding another is what they are for. */
function shadowedEnvironments(input: CheckInput): readonly CheckResult[] {
  return Object.entries(input.compose.variables.environment).flatMap(([service, names]) =>
    Object.entries(names).flatMap(([name, layers]) => {
      const [first] = layers;
      const hidden = layers.slice(1).find((layer) => layer.kind === 'env_file');
      if (first === undefined || hidden === undefined || hidden.value === first.value) return [];
      return [
        checkResult({
          service,
          where: hidden.where,
          object: `${service}:${name}`,
          code: 'ENV_SHADOWED',
          severity: 'info',
          message: `${name} of ${service} in ${layerSource(input.compose.projectDir, hidden)} is not used: ${layerSource(input.compose.projectDir, first)} sets another value.`,
          why: first.kind === 'environment' ? 'What stands under "environment" goes before every env_file.' : 'Of several env files the last one decides.',
        }),
      ];
    }),
  );
}
