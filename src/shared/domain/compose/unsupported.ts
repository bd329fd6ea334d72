import { contextSource, isStageName } from '../engine/named-contexts';
import type { ComposeBuild, ComposeModel, LoadedCompose } from './model';
import { isReservedLabel } from '../engine/verdict-table';
import type { ComposeNode } from './node';
import { isRemoteContext } from './resolve-paths';
import { loadFinding, type LoadedFinding, type LoadFinding } from './refusals';

const BUILD_REFUSALS = {
  privileged: 'Berth does not build with full access to this computer',
  entitlements: 'Berth does not build with more than the usual rights',
} as const;

function isGiven(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  return typeof value === 'object' && value !== null ? Object.keys(value).length > 0 : value === true;
}

/** Contexts that no engine takes through its build API, or that are not on this computer. */
function refuseBuildInputs(build: ComposeBuild | undefined, refuse: (path: readonly string[], what: string) => void): void {
  if (isRemoteContext(build?.context ?? '')) refuse(['context'], 'Berth builds from folders of this computer; clone what is at the address and name that folder');
  for (const [name, value] of Object.entries(build?.additional_contexts ?? {})) {
    const source = contextSource(value);
    if (source.kind === 'unsupported') refuse(['additional_contexts', name], `Berth takes folders, images and services as further contexts, not ${source.what}`);
    else if (!isStageName(name)) refuse(['additional_contexts', name], 'a further context needs a name of letters, digits, dots, dashes and underscores');
  }
}

/** Keys that docker compose takes and Berth cannot honour: errors. Keys that have no effect outside a swarm: said, not blocked. */
export function findUnsupported(model: ComposeModel, nodeAt: (path: readonly string[]) => ComposeNode | undefined): LoadedFinding[] {
  const findings: LoadedFinding[] = [];
  const report = (parts: Omit<LoadFinding, 'node' | 'code'>): void => {
    findings.push(loadFinding({ ...parts, code: 'UNSUPPORTED_KEY', node: nodeAt(parts.path) }));
  };
  const refuse = (path: readonly string[], what: string): void => {
    report({ path, message: `${path.join('.')} is not supported: ${what}.`, why: 'Without it the service would run differently from what the file says.' });
  };
  const refuseReserved = (path: readonly string[], labels: { readonly [name: string]: string } | undefined): void => {
    for (const label of Object.keys(labels ?? {}).filter(isReservedLabel)) refuse([...path, label], 'this label says whose a thing is and is set by Berth');
  };
  for (const section of ['networks', 'volumes'] as const) {
    for (const [key, object] of Object.entries(model[section])) if (object.external !== true) refuseReserved([section, key, 'labels'], object.labels);
  }
  for (const [name, service] of Object.entries(model.services)) {
    const at = (...path: string[]): readonly string[] => ['services', name, ...path];
    if (service.provider !== undefined) refuse(at('provider'), 'Berth does not run provider programs');
    if (service.models !== undefined) refuse(at('models'), 'Berth does not run AI models');
    if (service.credential_spec !== undefined) refuse(at('credential_spec'), 'it is for Windows containers');
    if (service.isolation !== undefined && service.isolation !== 'default') refuse(at('isolation'), 'it is for Windows containers');
    if (service.use_api_socket === true) refuse(at('use_api_socket'), 'mount the socket explicitly instead');
    for (const key of ['privileged', 'entitlements'] as const) {
      if (isGiven((service.build as { readonly [key: string]: unknown } | undefined)?.[key])) refuse(at('build', key), BUILD_REFUSALS[key]);
    }
    refuseBuildInputs(service.build, (path, what) => refuse(at('build', ...path), what));
    service.build?.secrets?.forEach((reference, index) => {
      if (Object.hasOwn(model.secrets, reference.source) && model.secrets[reference.source]?.external === true) refuse(at('build', 'secrets', String(index)), 'external secrets exist only in a swarm');
    });
    refuseReserved(at('labels'), service.labels);
    refuseReserved(at('build', 'labels'), service.build?.labels);
    service.volumes?.forEach((volume, index) => {
      if (volume.type === 'cluster' || volume.type === 'npipe') refuse(at('volumes', String(index)), `Berth does not mount the type ${volume.type}`);
    });
    for (const section of ['secrets', 'configs'] as const) {
      service[section]?.forEach((reference, index) => {
        const object = Object.hasOwn(model[section], reference.source) ? model[section][reference.source] : undefined;
        if (object?.external === true) refuse(at(section, String(index)), `external ${section} exist only in a swarm`);
      });
    }
    const swarmOnly: readonly (readonly [string, boolean])[] = [
      ['update_config', service.deploy?.update_config !== undefined],
      ['rollback_config', service.deploy?.rollback_config !== undefined],
      ['placement', Object.keys(service.deploy?.placement ?? {}).length > 0],
      ['endpoint_mode', service.deploy?.endpoint_mode !== undefined],
      ['mode', service.deploy?.mode !== undefined && service.deploy.mode !== 'replicated'],
    ];
    for (const [key, given] of swarmOnly) {
      if (given) report({ severity: 'info', path: at('deploy', key), message: `deploy.${key} of ${name} has no effect outside a swarm.`, why: 'Docker Compose does not use it either.' });
    }
  }
  return findings;
}

/** What this engine is too old for (`apiVersion` as `GET /version` says, for example `1.41`). */
export function findUnsupportedByEngine(compose: LoadedCompose, apiVersion: string): LoadedFinding[] {
  const findings: LoadedFinding[] = [];
  const older = (than: string): boolean => {
    const [major = 0, minor = 0] = apiVersion.split('.').map(Number);
    const [wantedMajor = 0, wantedMinor = 0] = than.split('.').map(Number);
    return major < wantedMajor || (major === wantedMajor && minor < wantedMinor);
  };
  const refuse = (path: readonly string[], engine: string, api: string): void => {
    if (!older(api)) return;
    const at = compose.locate(path);
    findings.push(
      loadFinding({
        code: 'UNSUPPORTED_KEY',
        path,
        node: at === undefined ? undefined : { kind: 'scalar', type: 'null', value: null, text: '', at: { file: at.file, line: at.line ?? 1, column: at.column ?? 1 } },
        message: `${path.join('.')} needs Docker Engine ${engine} or newer.`,
        why: `This engine speaks API ${apiVersion} and would ignore it.`,
      }),
    );
  };
  for (const [name, service] of Object.entries(compose.model.services)) {
    const at = (...path: string[]): readonly string[] => ['services', name, ...path];
    if (service.healthcheck?.start_interval !== undefined) refuse(at('healthcheck', 'start_interval'), '25', '1.44');
    for (const [key, network] of Object.entries(service.networks ?? {})) {
      if (network?.interface_name !== undefined) refuse(at('networks', key, 'interface_name'), '28.1', '1.49');
      if ((network?.mac_address ?? '') !== '') refuse(at('networks', key, 'mac_address'), '25', '1.44');
      if (network?.gw_priority !== undefined) refuse(at('networks', key, 'gw_priority'), '28', '1.48');
    }
    service.volumes?.forEach((volume, index) => {
      if (volume.type === 'image') refuse(at('volumes', String(index)), '28', '1.48');
      if (volume.volume?.subpath !== undefined) refuse(at('volumes', String(index)), '26', '1.45');
    });
  }
  return findings;
}
