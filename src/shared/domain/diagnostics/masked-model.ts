import type { ComposeModel, ComposeService } from '../compose/model';

/** What a service is, without anything a user may have written a secret into. */
interface MaskedService {
  readonly image: string;
  readonly build: boolean;
  readonly environment: readonly string[];
  readonly ports: readonly string[];
  readonly mounts: readonly string[];
  readonly networks: readonly string[];
  readonly dependsOn: { readonly [service: string]: string };
  readonly healthcheck: boolean;
  readonly restart: string;
  readonly profiles: readonly string[];
  /** Keys of the service that are set, whatever they hold. */
  readonly keys: readonly string[];
}

/** A compose model as a report shows it: which parts there are and how they hang together; names of variables, no value of any. */
export interface MaskedModel {
  readonly name: string;
  readonly services: { readonly [name: string]: MaskedService };
  readonly networks: readonly string[];
  readonly volumes: readonly string[];
  readonly secrets: readonly string[];
  readonly configs: readonly string[];
}

/** Only what is named here is taken over: a key that compose gets one day stays out until somebody thought about it. */
export function maskedModel(model: ComposeModel): MaskedModel {
  return {
    name: model.name,
    services: Object.fromEntries(Object.entries(model.services).map(([name, service]) => [name, maskedService(service)])),
    networks: Object.keys(model.networks),
    volumes: Object.keys(model.volumes),
    secrets: Object.keys(model.secrets),
    configs: Object.keys(model.configs),
  };
}

function maskedService(service: ComposeService): MaskedService {
  return {
    image: service.image ?? '',
    build: service.build !== undefined,
    environment: Object.keys(service.environment ?? {}),
    ports: (service.ports ?? []).map((port) => `${port.host_ip === undefined ? '' : `${port.host_ip}:`}${port.published ?? ''}:${String(port.target)}/${port.protocol}`),
    mounts: (service.volumes ?? []).map((mount) => `${mount.type} ${mount.type === 'volume' ? (mount.source ?? '') : ''} ${mount.target}${mount.read_only === true ? ' read-only' : ''}`.replace(/ {2,}/g, ' ')),
    networks: Object.keys(service.networks ?? {}),
    dependsOn: Object.fromEntries(Object.entries(service.depends_on ?? {}).map(([name, { condition }]) => [name, condition])),
    healthcheck: service.healthcheck !== undefined && service.healthcheck.disable !== true,
    restart: service.restart ?? '',
    profiles: [...(service.profiles ?? [])],
    keys: Object.entries(service).flatMap(([key, value]) => (value === null || value === undefined ? [] : [key])),
  };
}
