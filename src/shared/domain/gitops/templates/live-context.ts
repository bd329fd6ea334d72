import type { JsonObject } from '../../../kernel/json';
import type { ComposeModel, ComposeService } from '../../compose/model';

/** What a template may know of the state of a project. No values of variables: they may be secrets. */
export interface LiveFacts {
  readonly project: { readonly name: string; readonly dir: string } | null;
  readonly mode: string | null;
  /** Of the git repository; empty without one. */
  readonly branch: string;
  readonly model: ComposeModel | null;
  readonly buckets: readonly string[];
}

/** The context that templates are rendered with, before the values of their folder and of the caller: project, mode, branch, services, ports, mounts, buckets. */
export function liveContext({ project, mode, branch, model, buckets }: LiveFacts): JsonObject {
  const services = Object.entries(model?.services ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  const each = services.map(([name, service]) => serviceOf(name, service, project?.dir ?? ''));
  const tagged = (key: 'ports' | 'mounts'): JsonObject[] => each.flatMap((service) => (service[key] as JsonObject[]).map((one) => ({ service: service['name'], ...one })));
  return {
    project: project?.name ?? '',
    mode: mode ?? '',
    branch,
    services: each,
    ports: tagged('ports'),
    mounts: tagged('mounts'),
    networks: Object.keys(model?.networks ?? {}).sort(),
    volumes: Object.keys(model?.volumes ?? {}).sort(),
    buckets: [...buckets].sort().map((name) => ({ name })),
  };
}

function serviceOf(name: string, service: ComposeService, dir: string): JsonObject {
  return {
    name,
    image: service.image ?? '',
    builds: service.build !== undefined,
    replicas: service.deploy?.replicas ?? service.scale ?? 1,
    ports: (service.ports ?? []).map((port) => ({ container: port.target, host: port.published === undefined ? null : hostPort(port.published), hostIp: port.host_ip ?? '', protocol: port.protocol })),
    mounts: (service.volumes ?? []).map((mount) => ({ type: mount.type, source: beneath(mount.source ?? '', dir), target: mount.target, readOnly: mount.read_only === true })),
    dependsOn: Object.keys(service.depends_on ?? {}).sort(),
    networks: Object.keys(service.networks ?? {}).sort(),
    /** Names alone. */
    variables: Object.keys(service.environment ?? {}).sort(),
    hasHealthcheck: service.healthcheck !== undefined && service.healthcheck.disable !== true,
  };
}

/** A range stays a text. */
function hostPort(published: string): number | string {
  return /^\d+$/.test(published) ? Number(published) : published;
}

/** Paths in the project as it would write them itself: the same on every machine. */
function beneath(path: string, dir: string): string {
  return dir !== '' && path.startsWith(`${dir}/`) ? `./${path.slice(dir.length + 1)}` : path;
}

/** The branch that a `.git/HEAD` names; its commit, shortened, where it names none. */
export function branchOf(head: string): string {
  const text = head.trim();
  return /^ref: refs\/heads\/(.+)$/.exec(text)?.[1] ?? text.slice(0, 12);
}
