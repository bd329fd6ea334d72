import type { ValueLayer } from '../compose/variables';
import { checkResult, type ProposedFix } from './check-result';
import type { Check, CheckInput, CheckResult } from './facts';
import { lastSegment, shownPath } from './host-path';
import { layerSource } from './variable-entries';

/** Variables that are nowhere set, and values that another one hides where nobody would look for it. */
export const checkEnvironment: Check = (input) => [...unsetVariables(input), ...unsetContents(input), ...shadowedVariables(input), ...shadowedEnvironments(input)];

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
    }, valueFixes(input, name, uses.some((one) => one.required)));
  });
}

/** Secrets and configs that are the value of a variable: without it there is nothing to give, and compose refuses. */
function unsetContents(input: CheckInput): readonly CheckResult[] {
  const { compose } = input;
  return (['secrets', 'configs'] as const).flatMap((section) =>
    Object.entries(compose.model[section]).flatMap(([key, { environment: name }]) => {
      if (name === undefined || compose.variableContents[`${section}.${key}`] !== undefined) return [];
      const what = section === 'secrets' ? 'secret' : 'config';
      const message = `The variable ${name} is not set, and the ${what} ${key} is made from it.`;
      return [checkResult({ where: compose.locate([section, key, 'environment']), object: `${section}.${key}`, code: 'ENV_UNSET', severity: 'error', message, why: `The containers that use it would start without it. Set ${name} in the .env file, or in the shell that Berth is started from.` }, valueFixes(input, name, true))];
    }),
  );
}

/** The value of a file that shows how the env file is filled, or an empty one that is meant; `:?` refuses an empty one. A value that is typed may be a secret, which no operation keeps: it is written in the file. */
function valueFixes({ compose, facts }: CheckInput, name: string, isRequired: boolean): readonly ProposedFix[] {
  const file = compose.envFiles.at(-1) ?? `${compose.projectDir}/.env`;
  const shown = shownPath(compose.projectDir, file).replace(/^\.\//, '');
  const example = facts.exampleValues;
  const given = example !== undefined && Object.hasOwn(example.values, name) ? example.values[name] : undefined;
  return [
    ...(example === undefined || given === undefined || given === '' ? [] : [{ title: `Write the ${name} of ${lastSegment(example.file)} into ${shown}`, action: { kind: 'set-variable', file, name, value: given } as const }]),
    ...(isRequired ? [] : [{ title: `Write ${name}= (empty) into ${shown}`, action: { kind: 'set-variable', file, name, value: '' } as const }]),
  ];
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
      }, hiddenFixes(input, name, second, isUsedByService(input, name, second))),
    ];
  });
}

/** Takes a value out of its env file, where nobody else reads it there. */
function hiddenFixes(input: CheckInput, name: string, { where }: ValueLayer, isUsed: boolean): readonly ProposedFix[] {
  if (where === undefined || isUsed) return [];
  return [{ title: `Take ${name} out of ${shownPath(input.compose.projectDir, where.file).replace(/^\.\//, '')}`, action: { kind: 'drop-variable', file: where.file, name } }];
}

/** A service of this mode has the value from there, or one of another mode has the same value from somewhere. */
function isUsedByService({ compose, facts }: CheckInput, name: string, { where, value }: ValueLayer): boolean {
  const here = Object.values(compose.variables.environment).some((names) => names[name]?.[0]?.where?.file === where?.file && names[name] !== undefined);
  return here || Object.values(facts.otherModes ?? {}).some((model) => Object.values(model.services).some(({ environment }) => environment?.[name] === value));
}

/** The compose files take the value from there. */
function isUsedByFiles({ compose }: CheckInput, name: string, { where }: ValueLayer): boolean {
  return (compose.variables.values[name] ?? []).some((layer) => layer.where?.file === where?.file);
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
        }, hiddenFixes(input, name, hidden, isUsedByService(input, name, hidden) || isUsedByFiles(input, name, hidden))),
      ];
    }),
  );
}
