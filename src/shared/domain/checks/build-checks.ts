import { checkResult } from './check-result';
import { parseDockerfile, stageOf } from './dockerfile';
import type { Check, CheckResult } from './facts';
import { shownPath } from './host-path';

/** Build contexts, Dockerfiles and target stages that are not there. */
export const checkBuilds: Check = (input) => {
  const { model, projectDir } = input.compose;
  return Object.entries(model.services).flatMap(([service, definition]): readonly CheckResult[] => {
    const fact = input.facts.builds.get(service);
    if (definition.build === undefined || fact === undefined) return [];
    const at = (...path: string[]): Pick<Parameters<typeof checkResult>[0], 'service' | 'where'> => ({ service, where: input.compose.locate(['services', service, 'build', ...path]) });
    const context = shownPath(projectDir, fact.context);
    if (fact.contextState !== 'directory') {
      const state = { missing: 'does not exist', 'not-a-directory': 'is not a folder', unreadable: 'cannot be read' }[fact.contextState];
      return [
        checkResult({
          ...at('context'),
          object: `${service}:${context}`,
          code: 'BUILD_CONTEXT_MISSING',
          severity: 'error',
          message: `${service} is built from ${context}, which ${state}.`,
          why: 'Without its build context the image cannot be built. Correct the path, or put the folder back.',
        }),
      ];
    }
    const contexts = fact.missingContexts.map((missing) =>
      checkResult({
        ...at('additional_contexts', missing.name),
        object: `${service}:${missing.name}`,
        code: 'BUILD_CONTEXT_MISSING',
        severity: 'error',
        message: `${service} is built with the context ${missing.name} from ${shownPath(projectDir, missing.path)}, which does not exist.`,
        why: 'The Dockerfile cannot copy from a context that is not there.',
      }),
    );
    const file = shownPath(projectDir, fact.dockerfile);
    if (fact.dockerfileState === 'missing' || fact.dockerfileState === 'unreadable') {
      return [
        ...contexts,
        checkResult({
          ...at('dockerfile'),
          object: `${service}:${file}`,
          code: 'DOCKERFILE_MISSING',
          severity: 'error',
          message: `${service} is built with ${file}, which ${fact.dockerfileState === 'missing' ? 'does not exist' : 'cannot be read'}.`,
          why: 'Without a Dockerfile the image cannot be built. Correct the path, or write the file.',
        }),
      ];
    }
    return [...contexts, ...dockerfileFaults(input, service, file, fact.dockerfileState === 'inline' ? undefined : fact.dockerfile, fact.dockerfileText)];
  });
};

function dockerfileFaults(input: Parameters<Check>[0], service: string, shown: string, path: string | undefined, text: string): readonly CheckResult[] {
  const parsed = parseDockerfile(text);
  const build = input.compose.model.services[service]?.build;
  const name = path === undefined ? 'The inline Dockerfile' : shown;
  const line = parsed.unknown?.line;
  if (parsed.unknown !== undefined || parsed.stages.length === 0) {
    return [
      checkResult({
        service,
        where: path === undefined ? input.compose.locate(['services', service, 'build', 'dockerfile_inline']) : { file: path, ...(line === undefined ? {} : { line }) },
        object: `${service}:${shown}`,
        code: 'DOCKERFILE_INVALID',
        severity: 'error',
        message: parsed.unknown === undefined ? `${name} of ${service} has no FROM line.` : `${name} of ${service} has the unknown instruction ${parsed.unknown.word.slice(0, 40)}.`,
        why: 'The image cannot be built from it.',
      }),
    ];
  }
  if (build?.target === undefined || build.target === '' || stageOf(parsed, build.target) !== undefined) return [];
  const names = parsed.stages.flatMap((stage) => (stage.name === '' ? [] : [stage.name]));
  return [
    checkResult({
      service,
      where: input.compose.locate(['services', service, 'build', 'target']),
      object: `${service}:${build.target}`,
      code: 'BUILD_TARGET_UNKNOWN',
      severity: 'error',
      message: `${service} is built up to the stage ${build.target}, which ${shown} does not have.`,
      why: names.length === 0 ? 'None of its stages has a name (FROM … AS name).' : `Its stages are ${names.join(', ')}.`,
    }),
  ];
}
