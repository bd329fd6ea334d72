import type { JsonObject } from '../../kernel/json';
import { COMPOSE_LABELS } from '../engine/read-container';
import { flavourStart, type FlavourDefinition } from './flavours';

/** Compose project name of what belongs to the machine's own S3 server. */
export const S3_PROJECT = 'berth-storage';
/** The service of the container in it. */
export const S3_SERVICE = 's3';
/** How long the server may take to end by itself. */
export const S3_GRACE_SECONDS = 15;
/** Labels by which Berth finds its own server again. */
export const S3_LABELS = {
  /** Which kind of server wrote a volume. */
  flavour: 'dev.berth.s3-flavour',
  /** The state folder it belongs to: another Berth of this machine has its own. */
  home: 'dev.berth.s3-home',
  /** Hash of what the container was made from. */
  spec: 'dev.berth.s3-spec',
} as const;

/** Names of one server: container, network and data volume go together. */
export interface S3Names {
  readonly container: string;
  readonly network: string;
  readonly volume: string;
}

/** The nth set of names: the first is plain, the next ones are for a machine where that is taken. */
export function s3Names(base: string, slot: number): S3Names {
  const name = slot === 1 ? base : `${base}-${String(slot)}`;
  return { container: name, network: name, volume: `${name}-data` };
}

/** Everything the container is made from. */
export interface S3Spec {
  readonly names: S3Names;
  /** Absolute: `<state>/storage`. */
  readonly home: string;
  readonly image: string;
  readonly flavour: FlavourDefinition;
  readonly keys: { readonly accessKey: string; readonly secretKey: string };
  readonly apiPort: number;
  /** Null: no console. */
  readonly consolePort: number | null;
}

/** What the server is told beside its keys: no page of another origin may read it, and it does not call home. */
function closedDoors(flavour: FlavourDefinition): { readonly [name: string]: string } {
  return flavour.dataFormat === 'minio'
    ? // An origin that no page can have. Empty would mean all of them.
      { MINIO_API_CORS_ALLOW_ORIGIN: 'https://nobody.invalid', MINIO_BROWSER_REDIRECT: 'off', MINIO_UPDATE: 'off' }
    : {};
}

function labels(home: string): { readonly [label: string]: string } {
  return { [COMPOSE_LABELS.project]: S3_PROJECT, [S3_LABELS.home]: home };
}

/** POST /containers/create. `hash`: of the spec, to tell later whether it has to be made anew. */
export function s3Payload(spec: S3Spec, hash: string): JsonObject {
  const { names, flavour, consolePort } = spec;
  const { command, environment } = flavourStart(flavour, spec.keys, consolePort !== null);
  const ports = [[flavour.apiPort, spec.apiPort], ...(consolePort === null ? [] : [[flavour.consolePort, consolePort]])] as const;
  return {
    Image: spec.image,
    Cmd: [...command],
    Env: Object.entries({ ...environment, ...closedDoors(flavour) }).map(([name, value]) => `${name}=${value}`),
    Labels: { ...labels(spec.home), [COMPOSE_LABELS.service]: S3_SERVICE, [COMPOSE_LABELS.number]: '1', [COMPOSE_LABELS.oneOff]: 'False', [COMPOSE_LABELS.workingDir]: spec.home, [S3_LABELS.spec]: hash },
    ExposedPorts: Object.fromEntries(ports.map(([inside]) => [`${String(inside)}/tcp`, {}])),
    StopTimeout: S3_GRACE_SECONDS,
    HostConfig: {
      NetworkMode: names.network,
      // Nobody but this machine, whatever the keys are.
      PortBindings: Object.fromEntries(ports.map(([inside, outside]) => [`${String(inside)}/tcp`, [{ HostIp: '127.0.0.1', HostPort: String(outside) }]])),
      Mounts: [{ Type: 'volume', Source: names.volume, Target: flavour.dataDir }],
      SecurityOpt: ['no-new-privileges:true'],
      CapDrop: ['NET_RAW'],
      RestartPolicy: { Name: 'no' },
    },
  };
}

/** POST /volumes/create. */
export function s3VolumePayload(home: string, flavour: string): JsonObject {
  return { Labels: { ...labels(home), [COMPOSE_LABELS.volume]: 's3-data', [S3_LABELS.flavour]: flavour } };
}

/** POST /networks/create. */
export function s3NetworkPayload(home: string): JsonObject {
  return { Driver: 'bridge', Labels: { ...labels(home), [COMPOSE_LABELS.network]: 's3' } };
}
