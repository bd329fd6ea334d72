import type { ComposeModel, ComposeService } from './model';
import { nearestName } from './nearest-name';
import type { ComposeNode } from './node';
import { loadFinding, type LoadedFinding, type LoadFinding } from './refusals';

/** `at`: where it is written, when that is not `path`. */
type Report = (finding: Omit<LoadFinding, 'node'> & { readonly at?: readonly string[] | undefined }) => void;

/** What the checks look at besides the enabled services of the model. */
export interface ConsistencyContext {
  readonly disabled: ReadonlySet<string>;
  /** Names under the top-level key models. */
  readonly models: ReadonlySet<string>;
  readonly nodeAt: (path: readonly string[]) => ComposeNode | undefined;
}

/** Names that lead nowhere, cycles and keys that contradict each other: what docker compose refuses after it has read the files. */
export function checkConsistency(model: ComposeModel, context: ConsistencyContext): LoadedFinding[] {
  const findings: LoadedFinding[] = [];
  const report: Report = ({ at, ...parts }) => {
    findings.push(loadFinding({ ...parts, node: context.nodeAt(at ?? parts.path) }));
  };
  for (const [name, service] of Object.entries(model.services)) {
    checkService(name, service, report);
    checkReferences(model, name, service, context, report);
    checkTargets(name, service, report);
  }
  checkContainerNames(model, report);
  for (const [key, secret] of Object.entries(model.secrets)) {
    if (secret.external !== true && secret.file === undefined && secret.environment === undefined) {
      report({ code: 'INVALID_VALUE', path: ['secrets', key], message: `The secret ${key} needs a file or an environment variable.`, why: 'There is nothing to put into the containers.' });
    }
  }
  checkCycles(model, report);
  return findings;
}

/** The key that has a service depend on another without depends_on: shared namespaces and volumes, and links. */
function impliedBy(service: ComposeService, dependency: string): readonly string[] | undefined {
  const shared = (['network_mode', 'ipc', 'pid', 'uts', 'cgroup'] as const).find((key) => service[key] === `service:${dependency}`);
  if (shared !== undefined) return [shared];
  for (const key of ['links', 'volumes_from'] as const) {
    const index = (service[key] ?? []).findIndex((one) => one.split(':')[0] === dependency);
    if (index !== -1) return [key, String(index)];
  }
  return undefined;
}

function checkReferences(model: ComposeModel, name: string, service: ComposeService, context: ConsistencyContext, report: Report): void {
  const base = ['services', name];
  for (const key of Object.keys(service.networks ?? {})) {
    if (Object.hasOwn(model.networks, key)) continue;
    report({ code: 'UNDEFINED_NETWORK', path: [...base, 'networks', key], nearest: meant(key, model.networks, Object.keys(service.networks ?? {})), message: `${name} uses the network ${key}, which is not defined.`, why: 'A network must be listed under the top-level key networks.' });
  }
  service.volumes?.forEach((volume, index) => {
    if (volume.type !== 'volume' || volume.source === undefined || Object.hasOwn(model.volumes, volume.source)) return;
    report({
      code: 'UNDEFINED_VOLUME', path: [...base, 'volumes', String(index)], nearest: meant(volume.source, model.volumes, []), message: `${name} uses the volume ${volume.source}, which is not defined.`,
      why: 'A named volume must be listed under the top-level key volumes; a folder is written with ./ in front.',
    });
  });
  for (const [dependency, { required }] of Object.entries(service.depends_on ?? {})) {
    if (Object.hasOwn(model.services, dependency) || (context.disabled.has(dependency) && !required)) continue;
    const implied = impliedBy(service, dependency);
    report({
      code: 'UNDEFINED_SERVICE', path: [...base, 'depends_on', dependency], at: implied === undefined ? undefined : [...base, ...implied],
      nearest: meant(dependency, model.services, [name, ...Object.keys(service.depends_on ?? {})]),
      message: `${name} ${implied === undefined ? 'depends on' : `names in ${implied[0] ?? ''} the service`} ${dependency}, ${context.disabled.has(dependency) ? 'whose profile is not active' : 'which is not defined'}.`,
      why: `${name} would wait for a service that never starts. Take it out of ${implied?.[0] ?? 'depends_on'}, or put the service back.`,
    });
  }
  const references = [['secrets', service.secrets], ['configs', service.configs]] as const;
  for (const [section, list] of references) {
    list?.forEach((reference, index) => {
      if (Object.hasOwn(model[section], reference.source)) return;
      report({ code: 'INVALID_VALUE', path: [...base, section, String(index)], nearest: meant(reference.source, model[section], list.map((one) => one.source)), message: `${name} uses ${reference.source}, which is not defined under ${section}.`, why: `It must be listed under the top-level key ${section}.` });
    });
  }
  for (const used of Object.keys(service.models ?? {})) {
    if (!context.models.has(used)) report({ code: 'INVALID_VALUE', path: [...base, 'models', used], message: `${name} uses the model ${used}, which is not defined.`, why: 'It must be listed under the top-level key models.' });
  }
  service.build?.secrets?.forEach((reference, index) => {
    if (Object.hasOwn(model.secrets, reference.source)) return;
    report({ code: 'INVALID_VALUE', path: [...base, 'build', 'secrets', String(index)], message: `The build of ${name} uses the secret ${reference.source}, which is not defined.`, why: 'It must be listed under the top-level key secrets.' });
  });
  const built = Object.fromEntries(Object.entries(model.services).filter(([, one]) => one.build !== undefined));
  for (const [alias, value] of Object.entries(service.build?.additional_contexts ?? {})) {
    const target = value.startsWith('service:') ? value.slice('service:'.length) : undefined;
    if (target === undefined || model.services[target]?.build !== undefined) continue;
    report({ code: 'UNDEFINED_SERVICE', path: [...base, 'build', 'additional_contexts', alias], nearest: meant(target, built, [name]), message: `The build of ${name} needs the image of ${target}, which is not a service that is built.`, why: 'Only a service with a build section can be a build context.' });
  }
}

/** The defined name that is written nearly so, and that is not used here already. */
function meant(name: string, defined: { readonly [name: string]: unknown }, used: readonly string[]): string | undefined {
  return nearestName(name, Object.keys(defined).filter((one) => !used.includes(one)));
}

function checkService(name: string, service: ComposeService, report: Report): void {
  const base = ['services', name];
  const invalid = (path: readonly string[], message: string, why: string): void => {
    report({ code: 'INVALID_VALUE', path: [...base, ...path], message, why });
  };
  if (service.build === undefined && service.image === undefined && service.provider === undefined) invalid([], `${name} has neither an image nor a build section.`, 'There is nothing to start.');
  if (service.build?.dockerfile_inline !== undefined && service.build.dockerfile !== undefined) invalid(['build', 'dockerfile_inline'], `${name} has both dockerfile and dockerfile_inline.`, 'Only one of them can be built.');
  if (service.build?.platforms !== undefined && service.platform !== undefined && !service.build.platforms.includes(service.platform)) {
    invalid(['build', 'platforms'], `${name} runs on ${service.platform}, but it is not built for it.`, 'build.platforms must include the platform of the service.');
  }
  if (service.network_mode !== undefined && service.networks !== undefined) invalid(['network_mode'], `${name} has both network_mode and networks.`, 'A network mode replaces the networks of a service.');
  const test = service.healthcheck?.test?.[0];
  if (test !== undefined && !['CMD', 'CMD-SHELL', 'NONE'].includes(test)) invalid(['healthcheck', 'test'], `The health check of ${name} must start with CMD, CMD-SHELL or NONE.`, 'The engine does not know how to run it otherwise.');
  const watch = (service.develop?.['watch'] ?? []) as readonly { readonly action: string; readonly target?: string }[];
  watch.forEach(({ action, target }, index) => {
    if ((target ?? '') !== '' || action === 'rebuild' || action === 'restart') return;
    invalid(['develop', 'watch', String(index)], `The watch of ${name} with the action ${action} has no target.`, 'Only rebuild and restart need none: add the folder in the container that the files go to.');
  });
  checkNumbers(service, name, invalid);
}

function checkNumbers(service: ComposeService, name: string, invalid: (path: readonly string[], message: string, why: string) => void): void {
  const { deploy } = service;
  const twice = (key: string, other: string, left: unknown, right: unknown, present: boolean): void => {
    if (left !== undefined && present && left !== (right ?? (typeof left === 'string' ? '0' : 0))) {
      invalid([key], `${name} sets ${key} and deploy.${other} to different values.`, 'Both mean the same, so they must agree.');
    }
  };
  const limits = deploy?.resources.limits;
  twice('cpus', 'resources.limits.cpus', service.cpus, limits?.cpus, limits !== undefined);
  twice('mem_limit', 'resources.limits.memory', service.mem_limit, limits?.memory, limits !== undefined);
  twice('pids_limit', 'resources.limits.pids', service.pids_limit, limits?.pids, limits !== undefined);
  const reservations = deploy?.resources.reservations;
  twice('mem_reservation', 'resources.reservations.memory', service.mem_reservation, reservations?.memory, reservations !== undefined);
  if (service.scale !== undefined && deploy?.replicas !== undefined && service.scale !== deploy.replicas) invalid(['scale'], `${name} sets scale and deploy.replicas to different values.`, 'Both mean the same, so they must agree.');
  const count = service.scale ?? deploy?.replicas ?? 1;
  const key = service.scale === undefined ? ['deploy', 'replicas'] : ['scale'];
  if (count < 0) invalid(key, `${name} cannot run ${count} times.`, 'The number must be zero or more.');
  if (count > 1 && service.container_name !== undefined) invalid(['container_name'], `${name} runs ${count} times, so it cannot have a container_name.`, 'Container names are unique.');
}

function checkTargets(name: string, service: ComposeService, report: Report): void {
  const seen = new Set<string>();
  const check = (target: string, path: readonly string[]): void => {
    if (seen.has(target)) report({ code: 'INVALID_VALUE', path: ['services', name, ...path], message: `${name} mounts something on ${target} twice.`, why: 'The engine takes one mount per place.' });
    seen.add(target);
  };
  service.tmpfs?.forEach((entry, index) => {
    check(entry.split(':')[0] ?? '', ['tmpfs', String(index)]);
  });
  service.volumes?.forEach((volume, index) => {
    check(volume.target, ['volumes', String(index)]);
  });
}

function checkContainerNames(model: ComposeModel, report: Report): void {
  const owners = new Map<string, string>();
  for (const [name, service] of Object.entries(model.services)) {
    if (service.container_name === undefined) continue;
    const owner = owners.get(service.container_name);
    if (owner === undefined) owners.set(service.container_name, name);
    else report({ code: 'INVALID_VALUE', path: ['services', name, 'container_name'], message: `${name} and ${owner} have the same container_name ${service.container_name}.`, why: 'Container names are unique.' });
  }
}

function checkCycles(model: ComposeModel, report: Report): void {
  const done = new Set<string>();
  const visit = (name: string, trail: readonly string[]): void => {
    const start = trail.indexOf(name);
    if (start !== -1) {
      const cycle = [...trail.slice(start), name];
      report({
        code: 'DEPENDENCY_CYCLE', path: ['services', trail[trail.length - 1] ?? name, 'depends_on', name], message: `The services depend on each other in a circle: ${cycle.join(' → ')}.`,
        why: 'None of them could be started first. Take one of them out of depends_on.',
      });
      return;
    }
    if (done.has(name)) return;
    for (const dependency of Object.keys(model.services[name]?.depends_on ?? {})) if (Object.hasOwn(model.services, dependency)) visit(dependency, [...trail, name]);
    done.add(name);
  };
  for (const name of Object.keys(model.services)) visit(name, []);
}
