import { nearestName } from '../compose/nearest-name';
import type { ProposedFix } from './check-result';
import { choicesLike } from './dockerfile-fixes';
import type { BuildFact, CheckInput } from './facts';
import { lastSegment, shownPath } from './host-path';

/** Takes an entry out where it is written. */
export function withoutEntry({ compose }: CheckInput, path: readonly string[], title: string): readonly ProposedFix[] {
  const where = compose.locate(path);
  return where?.line === undefined ? [] : [{ title, action: { kind: 'remove-entry', path, file: where.file, line: where.line, column: where.column ?? 1 } }];
}

/** Writes another value of a build. */
function setBuild({ compose }: CheckInput, service: string, key: 'context' | 'dockerfile' | 'target', to: string | null, title: string): readonly ProposedFix[] {
  const file = compose.locate(['services', service, 'build', key])?.file;
  return file === undefined ? [] : [{ title, action: { kind: 'set-build', service, key, to, file } }];
}

/** Where the context was moved, or what is called nearly so; else the dialog that follows a moved folder, and the contexts that are there. */
export function contextFixes(input: CheckInput, { service, context, contextState, movedTo }: BuildFact): readonly ProposedFix[] {
  const { projectDir } = input.compose;
  const from = (path: string): readonly ProposedFix[] => setBuild(input, service, 'context', shownPath(projectDir, path), `Build ${service} from ${shownPath(projectDir, path)}`);
  if (contextState === 'not-a-directory') return from(context.replace(/[\\/][^\\/]+[\\/]*$/, ''));
  if (contextState !== 'missing') return [];
  const there = [...new Set([...input.facts.builds.values()].flatMap((one) => (one.contextState === 'directory' && one.dockerfileState === 'present' ? [one.context] : [])))];
  const near = nearestName(lastSegment(context), there.map(lastSegment));
  const likely = movedTo?.path ?? there.find((path) => lastSegment(path) === near);
  const others = choicesLike('', there.filter((path) => path !== likely));
  return [...(likely === undefined ? [] : from(likely)), { title: 'Follow a moved folder…', action: { kind: 'open', dialog: 'relocate', service, command: 'berth compose relocate <from> <to>' } }, ...others.flatMap(from)];
}

/** Another Dockerfile of the context, or the image alone where the service names one. */
export function dockerfileFixes(input: CheckInput, { service, context, dockerfile, dockerfileState, otherDockerfiles = [] }: BuildFact): readonly ProposedFix[] {
  if (dockerfileState !== 'missing') return [];
  const missing = shownPath(context, dockerfile).replace(/^\.\//, '');
  const others = choicesLike(missing, otherDockerfiles).flatMap((path) => setBuild(input, service, 'dockerfile', path, `Build ${service} with ${path}`));
  const { image } = input.compose.model.services[service] ?? {};
  return [...others, ...(image === undefined ? [] : withoutEntry(input, ['services', service, 'build'], `Use the image ${image} without building it`))];
}

/** The stages there are, the likeliest first; or the last one, which is what no target means. */
export function targetFixes(input: CheckInput, service: string, target: string, stages: readonly string[]): readonly ProposedFix[] {
  return [...choicesLike(target, stages).flatMap((stage) => setBuild(input, service, 'target', stage, `Build ${service} up to ${stage}`)), ...setBuild(input, service, 'target', null, `Build the last stage of ${service}`)];
}
