import { basename, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { copySources } from '@shared/domain/checks/dockerfile-variables';
import type { BuildFact, OutdatedBuild } from '@shared/domain/checks/facts';
import { isWithin } from '@shared/domain/checks/host-path';
import type { ComposeModel, ComposeService, LoadedCompose } from '@shared/domain/compose/model';
import { DEPENDENCY_MANIFESTS } from '@shared/domain/engine/dependency-manifests';
import type { ObservedProject } from '@shared/domain/engine/observed';
import { BERTH_LABEL } from '@shared/domain/modes/naming';
import type { SourceDoor } from '@main/platform/mount-source';
import type { MovedFinder } from '@main/platform/moved-sources';

function isAddress(context: string): boolean {
  return /^([a-z][a-z0-9+.-]*:\/\/|git@|github\.com\/)/i.test(context);
}

/** What the disk says of every build of a model, by service. */
export async function gatherBuilds(sources: SourceDoor, model: ComposeModel, projectDir: string, findMoved?: { readonly find: MovedFinder; readonly isTrusted: boolean }): Promise<ReadonlyMap<string, BuildFact>> {
  const facts = (await Promise.all(Object.entries(model.services).map(([name, service]) => buildFact(sources, name, service, projectDir)))).flatMap((fact) => fact ?? []);
  const lost = facts.filter((fact) => fact.contextState === 'missing' && isWithin(projectDir, fact.context));
  const moved = findMoved === undefined || lost.length === 0 ? new Map<string, BuildFact['movedTo']>() : await findMoved.find({ projectDir, lost: lost.map((fact) => ({ path: fact.context, kind: 'directory' })), taken: new Set(facts.map((fact) => fact.context)), isTrusted: findMoved.isTrusted });
  const found = await Promise.all(facts.map(async (fact) => [fact.service, { ...fact, movedTo: moved.get(fact.context), ...(findMoved === undefined ? {} : await foundElsewhere(findMoved, fact, projectDir)) }] as const));
  return new Map(found);
}

/** Where the context has files that its Dockerfile looks for in vain. */
async function foundElsewhere(findMoved: { readonly find: MovedFinder; readonly isTrusted: boolean }, { context, copied }: BuildFact, projectDir: string): Promise<Pick<BuildFact, 'copiedFrom'>> {
  const missing = [...(copied ?? [])].flatMap(([path, matches]) => (matches.length === 0 && !/[*?[]/.test(path) ? [path] : []));
  if (missing.length === 0 || !isWithin(projectDir, context)) return {};
  const lost = missing.map((path) => ({ path: join(context, path), kind: basename(path).includes('.') ? ('file' as const) : ('directory' as const) }));
  const moved = await findMoved.find({ projectDir: context, lost, taken: new Set(), isTrusted: findMoved.isTrusted });
  return { copiedFrom: new Map(missing.flatMap((path) => (moved.get(join(context, path)) === undefined ? [] : [[path, relative(context, moved.get(join(context, path))?.path ?? '').split(sep).join('/')] as const]))) };
}

async function buildFact(sources: SourceDoor, service: string, definition: ComposeService, projectDir: string): Promise<BuildFact | undefined> {
  const { build } = definition;
  if (build === undefined || isAddress(build.context ?? '')) return undefined;
  const context = resolve(projectDir, build.context ?? '.');
  const inline = build.dockerfile_inline;
  const dockerfile = build.dockerfile ?? 'Dockerfile';
  const path = isAbsolute(dockerfile) ? dockerfile : join(context, dockerfile);
  const named = Object.entries(build.additional_contexts ?? {}).filter(([, value]) => !isAddress(value) && !/^(service|target|docker-image|oci-layout):/.test(value));
  const [contextState, text, missingContexts] = await Promise.all([
    sources.folderState(context),
    inline === undefined ? sources.readDockerfile(path) : { state: 'inline' as const, text: inline },
    Promise.all(named.map(async ([name, value]) => ({ name, path: resolve(projectDir, value), state: await sources.folderState(resolve(projectDir, value)) }))),
  ]);
  const readable = contextState === 'directory' && (text.state === 'present' || text.state === 'inline');
  return {
    service,
    context,
    contextState,
    dockerfile: inline === undefined ? path : '',
    dockerfileState: text.state,
    dockerfileText: text.text,
    ...(contextState === 'directory' && text.state === 'missing' ? { otherDockerfiles: await dockerfilesIn(sources, context) } : {}),
    missingContexts: missingContexts.filter((one) => one.state === 'missing').map(({ name, path: missing }) => ({ name, path: missing })),
    ...(readable ? await copyFacts(sources, context, inline === undefined ? path : undefined, text.text, build) : {}),
  };
}

/** What is called like a Dockerfile, in the context and the folders right below it. */
async function dockerfilesIn(sources: SourceDoor, context: string): Promise<readonly string[]> {
  const found = await Promise.all(['*[Dd]ockerfile*', '*/*[Dd]ockerfile*'].map((pattern) => sources.matches(context, pattern)));
  return found.flatMap((paths) => paths ?? []).filter((path) => !path.endsWith('.dockerignore'));
}

async function copyFacts(sources: SourceDoor, context: string, dockerfile: string | undefined, text: string, build: NonNullable<ComposeService['build']>): Promise<Pick<BuildFact, 'copied' | 'ignore'>> {
  const paths = [...new Set(copySources(text, build.target, build.args ?? {}).map((source) => source.path))].filter((path) => path !== '');
  if (paths.length === 0) return { copied: new Map() };
  // `<Dockerfile>.dockerignore` goes before the folder's own, as BuildKit does it.
  const files = [...(dockerfile === undefined ? [] : [`${dockerfile}.dockerignore`]), join(context, '.dockerignore')];
  const [matches, ignores] = await Promise.all([
    Promise.all(paths.map(async (path) => [path, await sources.matches(context, path)] as const)),
    Promise.all(files.map(async (file) => ({ file, ...(await sources.readDockerfile(file)) }))),
  ]);
  const ignore = ignores.find((one) => one.state === 'present');
  return {
    copied: new Map(matches.flatMap(([path, found]) => (found === undefined ? [] : [[path, found] as const]))),
    ...(ignore === undefined ? {} : { ignore: { file: ignore.file, text: ignore.text } }),
  };
}

/** Identifies what a service would be built from now, in a project with these modes; empty when it cannot be told. */
export type BuildIdentity = (service: string, definition: ComposeService, models: readonly ComposeModel[]) => Promise<string>;

/** Services whose container runs on an image from before a manifest changed. Only where a manifest is newer is the context compared. */
export async function gatherOutdated(sources: SourceDoor, identityOf: BuildIdentity, model: ComposeModel, otherModes: readonly ComposeModel[], projectDir: string, observed: ObservedProject | null): Promise<readonly OutdatedBuild[]> {
  const found = await Promise.all(
    Object.entries(model.services).map(async ([service, definition]): Promise<readonly OutdatedBuild[]> => {
      const running = (observed?.containers ?? []).find((one) => one.service === service && !one.oneOff && one.state === 'running');
      const built = running?.labels[BERTH_LABEL.build];
      if (running === undefined || built === undefined || definition.build === undefined || isAddress(definition.build.context ?? '')) return [];
      const context = resolve(projectDir, definition.build.context ?? '.');
      const madeAtMs = Date.parse(running.createdAt);
      const times = await Promise.all(DEPENDENCY_MANIFESTS.map(async (name) => ({ manifest: join(context, name), changedAtMs: (await sources.changedAt(join(context, name))) ?? 0 })));
      const [newest] = times.filter((one) => one.changedAtMs > madeAtMs).sort((a, b) => b.changedAtMs - a.changedAtMs);
      if (newest === undefined) return [];
      const now = await identityOf(service, definition, [model, ...otherModes]);
      return now === '' || now === built ? [] : [{ service, manifest: newest.manifest }];
    }),
  );
  return found.flat();
}

/** Files besides the compose files whose change may change what a build's checks say. */
export function buildFiles(compose: Pick<LoadedCompose, 'model' | 'projectDir'>): readonly string[] {
  const files = Object.values(compose.model.services).flatMap((service) => {
    const own = dockerfileOf(service, compose.projectDir);
    if (own === undefined) return [];
    return [own.path, `${own.path}.dockerignore`, join(own.context, '.dockerignore'), ...DEPENDENCY_MANIFESTS.map((name) => join(own.context, name))];
  });
  return [...new Set(files)];
}

/** Where the Dockerfile of a service lies, and what it is built in; undefined for one that is not built, or not from this disk. */
export function dockerfileOf({ build }: Pick<ComposeService, 'build'>, projectDir: string): { readonly context: string; readonly path: string } | undefined {
  if (build === undefined || isAddress(build.context ?? '')) return undefined;
  const context = resolve(projectDir, build.context ?? '.');
  const dockerfile = build.dockerfile ?? 'Dockerfile';
  return { context, path: isAbsolute(dockerfile) ? dockerfile : join(context, dockerfile) };
}
