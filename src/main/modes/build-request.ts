import { createHash } from 'node:crypto';
import type { ComposeModel, ComposeService, LoadedCompose } from '@shared/domain/compose/model';
import { joinBuildIdentity } from '@shared/domain/modes/build-identity';
import { ownLabels } from '@shared/domain/modes/container-payload';
import { mountPointsBelowBinds } from '@shared/domain/modes/mount-points';
import { BERTH_LABEL } from '@shared/domain/modes/naming';
import type { ImageStep } from '@shared/domain/modes/plan-images';
import type { Rebuild } from '@shared/domain/modes/switch-input';
import { canonicalText } from '@shared/domain/modes/service-differences';
import type { BuildRequest } from '@main/docker/types';
import { buildExtras, contextIdentities } from './build-extras';
import type { ModesDependencies } from './types';

/** Identifies what a service is built from: every build setting and the bytes of its context; what only a mount in one of the project's modes made there is none of it. Empty: not known, so it is built. */
export async function buildFingerprint(deps: Pick<ModesDependencies, 'fingerprintBuild'>, service: string, definition: ComposeService, models: readonly ComposeModel[], asked: readonly string[] = []): Promise<string> {
  const build = definition.build;
  if (build?.context === undefined || /^[a-z]+:\/\/|^git@/.test(build.context)) return '';
  const mountPoints = mountPointsBelowBinds(models);
  const files = await deps.fingerprintBuild({ service, contextDir: build.context, dockerfile: build.dockerfile ?? 'Dockerfile', dockerfileInline: build.dockerfile_inline, mountPoints });
  // Builds that are made from each other in a circle are refused elsewhere; here they only must end.
  const contexts = asked.includes(service) ? null : await contextIdentities(deps, { service, mountPoints, build }, models, (name, other) => buildFingerprint(deps, name, other, models, [...asked, service]));
  if (files === '' || contexts === null) return '';
  const [, names = '', manifests = ''] = files.split('.');
  return joinBuildIdentity(sha256(canonicalText({ build, platform: definition.platform, files, ...(Object.keys(contexts).length === 0 ? {} : { contexts }) })), { place: sha256(canonicalText([build.context, build.dockerfile])), names, manifests });
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** The build of a service as the engine door takes it, tagged and labelled for its mode. */
export function buildRequest(compose: LoadedCompose, step: ImageStep, rebuild?: Rebuild): BuildRequest {
  const definition = compose.model.services[step.service];
  const build = definition?.build ?? {};
  return {
    contextDir: build.context ?? compose.projectDir,
    dockerfile: build.dockerfile ?? 'Dockerfile',
    dockerfileInline: build.dockerfile_inline,
    target: build.target,
    args: build.args ?? {},
    labels: {
      ...ownLabels(build.labels),
      'com.docker.compose.project': compose.model.name,
      'com.docker.compose.service': step.service,
      ...(step.fingerprint === '' ? {} : { [BERTH_LABEL.build]: step.fingerprint }),
    },
    tags: [step.reference, ...(build.tags ?? [])],
    noCache: rebuild?.noCache === true || (build.no_cache ?? false),
    pull: rebuild?.pull === true || (build.pull ?? false),
    network: build.network,
    platform: definition?.platform ?? build.platforms?.[0],
    cacheFrom: build.cache_from ?? [],
    extraHosts: build.extra_hosts ?? [],
    shmSize: build.shm_size,
    ...buildExtras(compose, build, step.reference),
  };
}
