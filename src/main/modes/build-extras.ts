import type { ComposeBuild, ComposeModel, ComposeService, LoadedCompose } from '@shared/domain/compose/model';
import { buildInputs } from '@shared/domain/engine/build-inputs';
import type { BuildRequest, NamedContext } from '@main/docker/types';
import type { BuildSource, ModesDependencies } from './types';

/** Services whose images the build of this one takes as further contexts: they are built before it. */
export function builtBefore(definition: ComposeService | undefined): readonly string[] {
  return buildInputs(definition?.build, {}).contexts.flatMap(({ source }) => (source.kind === 'service' ? [source.service] : []));
}

/** Secrets, agents and further contexts of a build as the engine door takes them. `reference`: what the image is kept under in its mode. */
export function buildExtras(compose: LoadedCompose, build: ComposeBuild, reference: string): Pick<BuildRequest, 'secrets' | 'ssh' | 'contexts'> {
  const { secrets, agents, contexts } = buildInputs(build, compose.model.secrets);
  // Images of this mode: all of them are kept under its tag.
  const tag = reference.slice(reference.lastIndexOf(':') + 1);
  return {
    secrets: secrets.map(({ id, from, place, source }) => (from === 'file' ? { id, from, path: place } : { id, from, variable: place, value: compose.variableContents[`secrets.${source}`] })),
    ssh: agents.map(({ id, socket }) => ({ id, socket: socket === '' ? undefined : socket })),
    contexts: contexts.flatMap(({ name, source }): readonly NamedContext[] => {
      if (source.kind === 'folder') return [{ name, from: 'folder', dir: source.dir }];
      if (source.kind === 'image') return [{ name, from: 'image', reference: source.reference }];
      return source.kind === 'service' ? [{ name, from: 'image', reference: `${compose.model.name}-${source.service}:${tag}` }] : [];
    }),
  };
}

/**
 * Identifies what the further contexts of a build hold, by name; null when one cannot be told. Of secrets and agents nothing
 * is in a fingerprint but what the file says of them, as for the engine's own cache: it is written on the image.
 */
export async function contextIdentities(
  deps: Pick<ModesDependencies, 'fingerprintBuild'>,
  asked: Pick<BuildSource, 'service' | 'mountPoints'> & { readonly build: ComposeBuild },
  models: readonly ComposeModel[],
  identityOf: (service: string, definition: ComposeService) => Promise<string>,
): Promise<{ readonly [name: string]: string } | null> {
  const found: { [name: string]: string } = {};
  for (const { name, source } of buildInputs(asked.build, {}).contexts) {
    let identity = '';
    if (source.kind === 'folder') identity = await deps.fingerprintBuild({ service: asked.service, contextDir: source.dir, dockerfile: 'Dockerfile', dockerfileInline: '', mountPoints: asked.mountPoints });
    else if (source.kind === 'image') identity = source.reference;
    else if (source.kind === 'service') {
      const other = models.map((model) => model.services[source.service]).find((one) => one !== undefined);
      if (other !== undefined && source.service !== asked.service) identity = await identityOf(source.service, other);
    }
    if (identity === '') return null;
    found[name] = identity;
  }
  return found;
}
