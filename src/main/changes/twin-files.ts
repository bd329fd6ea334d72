import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import type { ComposeBuild, LoadedCompose } from '@shared/domain/compose/model';
import { isIgnored, mayHoldExceptions } from '@shared/domain/engine/dockerignore';
import { isInside } from '@shared/domain/engine/host-path';
import { readBuildContext } from '@main/docker/build-context';
import type { CopyTree } from '@main/platform/copy-selected';
import { spelledOtherwise } from '@main/platform/mount-source';

/** What a twin is made from. */
export interface TwinContents {
  readonly trees: readonly CopyTree[];
  /** Absolute paths outside the project that its files refer to. */
  readonly outside: readonly string[];
}

const everything = (): 'yes' => 'yes';

/** What the modes of a project need of its folder: its own files, build contexts without what is ignored, and what is mounted. */
export async function twinContents(dir: string, modeFiles: readonly string[], loaded: readonly LoadedCompose[]): Promise<TwinContents> {
  const whole = new Set(modeFiles);
  const builds = new Map<string, ComposeBuild>();
  for (const { model, inputFiles } of loaded) {
    for (const file of [...inputFiles, ...[...Object.values(model.secrets), ...Object.values(model.configs)].flatMap((one) => one.file ?? [])]) whole.add(file);
    for (const service of Object.values(model.services)) {
      for (const file of service.label_file ?? []) whole.add(file);
      for (const mount of service.volumes ?? []) if (mount.type === 'bind' && mount.source !== undefined) whole.add(mount.source);
      for (const context of Object.values(service.build?.additional_contexts ?? {})) if (isAbsolute(context)) whole.add(context);
      if (service.build?.context !== undefined && isAbsolute(service.build.context)) builds.set(JSON.stringify([service.build.context, service.build.dockerfile]), service.build);
    }
  }
  const contexts = await Promise.all([...builds.values()].map((build) => contextTree(dir, build)));
  const named = [...whole].filter((path) => isInside(path, dir));
  // A fault of upper and lower case is the same fault in the copy only when what is really there is copied.
  const inside = [...named, ...(await Promise.all(named.map(async (path) => (await spelledOtherwise(path)) ?? []))).flat()];
  const outside = [...whole, ...[...builds.values()].flatMap((build) => dockerfileOf(build) ?? []), ...[...builds.values()].map((build) => build.context ?? '')].filter((path) => isAbsolute(path) && !isInside(path, dir));
  return { trees: [...inside.map((path) => ({ path: relative(dir, path), keeps: everything })), ...contexts.flat()], outside: [...new Set(outside)] };
}

/** A build context, and a Dockerfile that lies beside it. */
async function contextTree(dir: string, build: ComposeBuild): Promise<readonly CopyTree[]> {
  const context = build.context ?? dir;
  const file = dockerfileOf(build);
  const beside = file !== undefined && isInside(file, dir) && !isInside(file, context) ? [file, `${file}.dockerignore`] : [];
  const trees: CopyTree[] = beside.map((path) => ({ path: relative(dir, path), keeps: everything }));
  if (!isInside(context, dir)) return trees;
  const always = new Set(['.dockerignore', ...(file === undefined ? [] : [relative(context, file), `${relative(context, file)}.dockerignore`].map((path) => path.split(sep).join('/')))]);
  // A context that cannot be read is copied as it is: the checks of the twin then say the same as those of the original.
  const patterns = await readBuildContext({ contextDir: context, dockerfile: file ?? 'Dockerfile', dockerfileInline: build.dockerfile_inline, args: {}, labels: {}, tags: [], noCache: false, pull: false, cacheFrom: [], extraHosts: [] }).then((read) => read.patterns, () => []);
  trees.push({
    path: relative(dir, context),
    keeps(path, isFolder) {
      if (always.has(path) || !isIgnored(patterns, path)) return 'yes';
      return isFolder && (mayHoldExceptions(patterns, path) || [...always].some((one) => one.startsWith(`${path}/`))) ? 'inside' : 'no';
    },
  });
  return trees;
}

function dockerfileOf(build: ComposeBuild): string | undefined {
  if (build.dockerfile_inline !== undefined || build.context === undefined) return undefined;
  const file = build.dockerfile ?? 'Dockerfile';
  return isAbsolute(file) ? file : resolve(join(build.context, file));
}
