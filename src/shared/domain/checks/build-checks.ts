import { shellWord } from '../../kernel/shell-word';
import { isIgnored, mayHoldExceptions, parseDockerignore } from '../engine/dockerignore';
import { checkResult } from './check-result';
import { parseDockerfile, stageOf, type Dockerfile } from './dockerfile';
import { contextFixes, dockerfileFixes, targetFixes, withoutEntry } from './build-fixes';
import { dockerfileFaults } from './dockerfile-faults';
import { fixesOfBase, fixesOfCopy, fixesOfFault, fixesOfIgnored, fixesOfIgnoreLine } from './dockerfile-fixes';
import { copySources, unsetBases } from './dockerfile-variables';
import type { BuildFact, Check, CheckInput, CheckResult } from './facts';
import { shownPath } from './host-path';

/** Build contexts, Dockerfiles, target stages and copied files that are not there. A fault of a file that several services share is said once. */
export const checkBuilds: Check = (input) => {
  const said = new Set<string>();
  return buildResults(input).filter(({ finding }) => {
    const { file, line } = finding.where ?? {};
    if (line === undefined || input.compose.files.includes(file ?? '')) return true;
    const key = JSON.stringify([finding.code, file, line, finding.message.replaceAll(` of ${finding.service ?? ''} `, ' ')]);
    return !said.has(key) && said.add(key) !== undefined;
  });
};

/** Running services whose dependencies changed since their image was built (S3.11). */
export const checkOutdatedBuilds: Check = (input) =>
  (input.facts.outdatedBuilds ?? []).map(({ service, manifest }) => {
    const shown = shownPath(input.compose.projectDir, manifest);
    return checkResult({
      service,
      where: { file: manifest },
      object: `${service}:${shown}`,
      code: 'BUILD_OUTDATED',
      severity: 'info',
      message: `${shown} changed after the running image of ${service} was built.`,
      why: `${service} still runs with the old dependencies. Its image is built anew with the next switch to this mode, or with "berth services rebuild ${service}".`,
    }, [{ title: `Build ${service} anew…`, action: { kind: 'open', dialog: 'rebuild', service, command: `berth services rebuild ${service}` } }]);
  });

const buildResults: Check = (input) => {
  const { model, projectDir } = input.compose;
  return Object.entries(model.services).flatMap(([service, definition]): readonly CheckResult[] => {
    const fact = input.facts.builds.get(service);
    if (definition.build === undefined || fact === undefined) return [];
    const at = (...path: string[]): Pick<Parameters<typeof checkResult>[0], 'service' | 'where'> => ({ service, where: input.compose.locate(['services', service, 'build', ...path]) });
    const context = shownPath(projectDir, fact.context);
    if (fact.contextState !== 'directory') {
      const state = { missing: 'does not exist', 'not-a-directory': 'is not a folder', unreadable: 'cannot be read' }[fact.contextState];
      return [
        checkResult(
          {
            ...at('context'),
            object: `${service}:${context}`,
            code: 'BUILD_CONTEXT_MISSING',
            severity: 'error',
            message: `${service} is built from ${context}, which ${state}.`,
            why: `Without its build context the image cannot be built. ${wayBack(projectDir, fact)}`,
          },
          contextFixes(input, fact),
        ),
      ];
    }
    const contexts = fact.missingContexts.map((missing) =>
      checkResult(
        {
          ...at('additional_contexts', missing.name),
          object: `${service}:${missing.name}`,
          code: 'BUILD_CONTEXT_MISSING',
          severity: 'error',
          message: `${service} is built with the context ${missing.name} from ${shownPath(projectDir, missing.path)}, which does not exist.`,
          why: 'The Dockerfile cannot copy from a context that is not there.',
        },
        withoutEntry(input, ['services', service, 'build', 'additional_contexts', missing.name], `Take the build context ${missing.name} out of ${service}`),
      ),
    );
    const file = shownPath(projectDir, fact.dockerfile);
    if (fact.dockerfileState === 'missing' || fact.dockerfileState === 'unreadable') {
      return [
        ...contexts,
        checkResult(
          {
            ...at('dockerfile'),
            object: `${service}:${file}`,
            code: 'DOCKERFILE_MISSING',
            severity: 'error',
            message: `${service} is built with ${file}, which ${fact.dockerfileState === 'missing' ? 'does not exist' : 'cannot be read'}.`,
            why: 'Without a Dockerfile the image cannot be built. Correct the path, or write the file.',
          },
          dockerfileFixes(input, fact),
        ),
      ];
    }
    return [...contexts, ...textChecks(input, service, fact)];
  });
};

/** What to do about a context that is not there: where it was moved, one command follows it in every file. */
function wayBack(projectDir: string, { context, movedTo }: BuildFact): string {
  if (movedTo === undefined) return 'Correct the path, or put the folder back. If it was moved, `berth compose relocate <from> <to>` writes its new path in every file.';
  const [from, to] = [shownPath(projectDir, context), shownPath(projectDir, movedTo.path)];
  const found = movedTo.by === 'content' ? `It was moved to ${to}: what lies there is the same.` : `It may have been moved: the only folder of its name is ${to} now.`;
  return `${found} Write the new path in every file with \`berth compose relocate ${shellWord(from)} ${shellWord(to)}\`, or put the folder back.`;
}

/** The Dockerfile as a file that can be changed; undefined for an inline one. */
function textFile(fact: BuildFact): { readonly file: string; readonly text: string } | undefined {
  return fact.dockerfileState === 'present' ? { file: fact.dockerfile, text: fact.dockerfileText } : undefined;
}

type Place = Pick<Parameters<typeof checkResult>[0], 'service' | 'where'>;

/** What the text of one service's Dockerfile has to say; `file` is undefined for an inline one. */
function textChecks(input: CheckInput, service: string, fact: BuildFact): readonly CheckResult[] {
  const file = fact.dockerfileState === 'inline' ? undefined : fact.dockerfile;
  const build = input.compose.model.services[service]?.build;
  const shown = shownPath(input.compose.projectDir, fact.dockerfile);
  const name = file === undefined ? 'The inline Dockerfile' : shown;
  const at = (line?: number): Place => ({ service, where: file === undefined ? input.compose.locate(['services', service, 'build', 'dockerfile_inline']) : { file, ...(line === undefined ? {} : { line }) } });
  const faults = dockerfileFaults(fact.dockerfileText).map((fault) => {
    const base = { ...at(fault.line), object: `${service}:${shown}:${fault.text}`, message: `${name} of ${service} ${fault.text}.` };
    const fixes = file === undefined ? [] : fixesOfFault({ file, text: fact.dockerfileText }, fault);
    if (fault.severity === 'warning') return checkResult({ ...base, code: 'DOCKERFILE_EMPTY_LINE', severity: 'warning', why: 'Builders only warn of it today and will refuse it. Most often a line was deleted and the backslash before it stayed.' }, fixes);
    return checkResult({ ...base, code: 'DOCKERFILE_INVALID', severity: 'error', why: `The image cannot be built from it${file === undefined ? `; it is line ${fault.line} of the inline Dockerfile` : ''}.` }, fixes);
  });
  const parsed = parseDockerfile(fact.dockerfileText);
  if (parsed.stages.length === 0) {
    if (faults.some((one) => one.finding.severity === 'error')) return faults;
    return [...faults, checkResult({ ...at(), object: `${service}:${shown}`, code: 'DOCKERFILE_INVALID', severity: 'error', message: `${name} of ${service} has no FROM line.`, why: 'The image cannot be built from it.' })];
  }
  if (faults.some((one) => one.finding.severity === 'error')) return faults;
  if (build?.target !== undefined && build.target !== '' && stageOf(parsed, build.target) === undefined) return [...faults, unknownTarget(input, service, build.target, shown, parsed)];
  return [...faults, ...unsetBaseResults(input, fact, service, name, at), ...copyResults(input, fact, service, name, at)];
}

function unknownTarget(input: CheckInput, service: string, target: string, shown: string, parsed: Dockerfile): CheckResult {
  const names = parsed.stages.flatMap((stage) => (stage.name === '' ? [] : [stage.name]));
  return checkResult({
    service,
    where: input.compose.locate(['services', service, 'build', 'target']),
    object: `${service}:${target}`,
    code: 'BUILD_TARGET_UNKNOWN',
    severity: 'error',
    message: `${service} is built up to the stage ${target}, which ${shown} does not have.`,
    why: names.length === 0 ? 'None of its stages has a name (FROM … AS name).' : `Its stages are ${names.join(', ')}.`,
  }, targetFixes(input, service, target, names));
}

function unsetBaseResults(input: CheckInput, fact: BuildFact, service: string, name: string, at: (line: number) => Place): readonly CheckResult[] {
  const others = [...input.facts.builds.values()].filter((one) => one.service !== service);
  const file = textFile(fact);
  return unsetBases(fact.dockerfileText, input.compose.model.services[service]?.build?.args ?? {}).map((unset) =>
    checkResult({
      ...at(unset.line),
      object: `${service}:${unset.name}:${unset.base}`,
      code: 'BUILD_BASE_UNSET',
      severity: 'error',
      message: `${name} of ${service} starts from ${unset.base}, but ${unset.name} has no value.`,
      why: `Give it one with "ARG ${unset.name}=…" before the first FROM, or under build.args of ${service}.`,
    }, file === undefined ? [] : fixesOfBase(file, unset, others)),
  );
}

function copyResults(input: CheckInput, fact: BuildFact, service: string, name: string, at: (line: number) => Place): readonly CheckResult[] {
  const { copied } = fact;
  if (copied === undefined) return [];
  const context = shownPath(input.compose.projectDir, fact.context);
  const ignore = fact.ignore === undefined ? undefined : parseDockerignore(fact.ignore.text);
  if (fact.ignore !== undefined && ignore?.ok === false) {
    const file = shownPath(input.compose.projectDir, fact.ignore.file);
    return [checkResult({ service, where: { file: fact.ignore.file, line: ignore.line }, object: `${service}:${file}`, code: 'BUILD_IGNORE_INVALID', severity: 'error', message: `${file} has a line that is no pattern: ${ignore.text.trim().slice(0, 80)}.`, why: `${service} cannot be built with it. Correct the line.` }, fixesOfIgnoreLine(fact.ignore, ignore.line))];
  }
  const patterns = ignore?.ok === true ? ignore.patterns : [];
  const own = textFile(fact);
  const build = input.compose.model.services[service]?.build;
  return copySources(fact.dockerfileText, build?.target, build?.args ?? {}).flatMap((source): readonly CheckResult[] => {
    const matches = copied.get(source.path);
    if (source.path === '' || matches === undefined) return [];
    const base = { ...at(source.line), object: `${service}:${source.instruction}:${source.written}` };
    if (matches.length === 0) {
      const outside = source.written.startsWith('../');
      return [
        checkResult({
          ...base,
          code: 'BUILD_COPY_MISSING',
          severity: 'error',
          message: `${name} of ${service} copies ${source.written}, which ${/[*?[]/.test(source.path) ? 'matches nothing' : 'does not exist'} in ${context}.`,
          why: outside ? 'Only what lies in the build context can be copied. Choose a folder further up as context, or add one under additional_contexts.' : `Paths count from the build context, not from the Dockerfile. Correct the path, or put the ${/[*?[]/.test(source.path) ? 'files' : 'file'} there.`,
        }, own === undefined ? [] : fixesOfCopy(own, source, fact)),
      ];
    }
    if (matches.some((path) => !isIgnored(patterns, path) || mayHoldExceptions(patterns, path))) return [];
    const file = shownPath(input.compose.projectDir, fact.ignore?.file ?? '');
    return [
      checkResult({
        ...base,
        code: 'BUILD_COPY_IGNORED',
        severity: 'error',
        message: `${name} of ${service} copies ${source.written}, but ${file} leaves it out.`,
        why: `What is ignored never gets to the builder. Take it back with a line "!${matches[0] ?? source.path}" in ${file}, or do not copy it.`,
      }, fact.ignore === undefined ? [] : fixesOfIgnored(fact.ignore, source.path, matches, file)),
    ];
  });
}
