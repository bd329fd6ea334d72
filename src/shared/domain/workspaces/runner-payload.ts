import { textHash } from '../../kernel/text-hash';
import type { JsonObject } from '../../kernel/json';
import { COMPOSE_LABELS } from '../engine/read-container';
import { HOST_GATEWAY } from '../storage/inside-place';

/** Where the source of a workspace comes from, as the container that runs it needs it. */
export type RunnerSource =
  /** The folder above the mount point is bound with `rslave`, so that a mount that is made again is seen. */
  | { readonly kind: 'mount'; readonly hostFolder: string; readonly targetFolder: string; readonly path: string }
  /** A named volume that Berth keeps in step with the bucket. */
  | { readonly kind: 'volume'; readonly volume: string; readonly target: string }
  | { readonly kind: 'direct'; readonly endpoint: string; readonly network: string | null; readonly region: string; readonly bucket: string; readonly prefix: string; readonly accessKey: string; readonly secretKey: string }
  | { readonly kind: 'local'; readonly hostFolder: string };

/** Whose containers these are. */
export interface RunnerOwner {
  readonly projectId: string;
  /** Compose project name of the containers: `<project>-workspaces`. */
  readonly projectName: string;
  /** Names this Berth's own of this project: never a folder of the project. */
  readonly dir: string;
}

/** Everything the container of one workspace is made from. */
export interface RunnerRequestValues {
  readonly owner: RunnerOwner;
  readonly workspace: string;
  readonly source: RunnerSource;
  readonly image: string;
  /** `1000:1000`; never root. */
  readonly user: string;
  /** What the user gave this workspace, by name; the application sees it. */
  readonly variables: { readonly [name: string]: string };
}

/** Labels by which the containers of workspaces are found again. */
export const RUNNER_LABELS = { projectId: 'dev.berth.workspaces', hash: 'dev.berth.workspaces-hash' } as const;

/** The port of every such container that is published; the entry hands it on to the port of the application. */
export const RUNNER_PORT = 47_100;

/** Where the entry says how far it is. */
export const RUNNER_STATE_FILE = '/run/berth/state.json';

/** Looks at the source now, from `docker exec`; ends when the application listens again. */
export const RUNNER_UPDATE_COMMAND: readonly string[] = ['node', '/opt/berth/berth-workspace.mjs', 'update'];

const MEMORY_BYTES = 1024 ** 3;
/** npm starts many at once; a fork bomb ends here. */
const PROCESSES = 512;
const STOP_SECONDS = 8;
const NAME_CHARACTERS = 40;
/** Where a local folder is bound; `/workspaces` in the image leads to what the entry names. */
const LOCAL_TARGET = '/berth-source';
/** How often the entry looks at its source by itself. A list of a bucket is a request that may cost. */
const POLL_MS: { readonly [kind in RunnerSource['kind']]: number } = { local: 2_000, mount: 10_000, volume: 10_000, direct: 60_000 };
/** The kernel answers for a file system in user space from memory for a second. */
const MOUNT_SETTLE_MS = 1_300;

function plain(text: string): string {
  return text.toLowerCase().replaceAll(/[^a-z0-9_-]+/g, '-').replaceAll(/^[^a-z0-9]+|-+$/g, '');
}

/** `<project>-workspaces`, as the engine and compose take it. */
export function runnersProjectName(project: string): string {
  return `${plain(project) === '' ? 'project' : plain(project)}-workspaces`;
}

/** A workspace as a part of names: a name that had to be changed gets a hash of what it was, so that no two are one. */
export function runnerSlug(workspace: string): string {
  const slug = plain(workspace);
  return slug === workspace && slug.length <= NAME_CHARACTERS ? slug : `${slug.slice(0, NAME_CHARACTERS)}${slug === '' ? 'w' : '-'}${textHash(workspace).slice(0, 8)}`;
}

/** `<project>-ws-<workspace>`. */
export function runnerContainerName(owner: RunnerOwner, workspace: string): string {
  return `${owner.projectName.replace(/-workspaces$/, '')}-ws-${runnerSlug(workspace)}`;
}

/** Labels of everything that is made for the workspaces of a project. */
export function runnerLabels(owner: RunnerOwner): { readonly [label: string]: string } {
  return { [COMPOSE_LABELS.project]: owner.projectName, [RUNNER_LABELS.projectId]: owner.projectId };
}

/** The network of the containers of a project's workspaces. */
export function runnerNetwork(owner: RunnerOwner): { readonly name: string; readonly payload: JsonObject } {
  return { name: owner.projectName, payload: { Driver: 'bridge', Labels: { ...runnerLabels(owner), [COMPOSE_LABELS.network]: 'default' } } };
}

function bindOf(source: RunnerSource): { readonly source: string; readonly target: string; readonly mount: JsonObject } | null {
  if (source.kind === 'direct' || source.kind === 'volume') return null;
  const target = source.kind === 'mount' ? source.targetFolder : LOCAL_TARGET;
  const propagation = source.kind === 'mount' ? { Propagation: 'rslave' } : { Propagation: 'rprivate' };
  return { source: source.hostFolder, target, mount: { Type: 'bind', Source: source.hostFolder, Target: target, ReadOnly: true, BindOptions: propagation } };
}

function folderOf(source: Exclude<RunnerSource, { readonly kind: 'direct' }>): string {
  if (source.kind === 'mount') return source.path;
  return source.kind === 'volume' ? source.target : LOCAL_TARGET;
}

/** The mount with the source in it; a container that downloads has none. */
function mountsOf(source: RunnerSource): JsonObject {
  if (source.kind === 'volume') return { Mounts: [{ Type: 'volume', Source: source.volume, Target: source.target, ReadOnly: true, VolumeOptions: { NoCopy: true } }] };
  const bind = bindOf(source);
  return bind === null ? {} : { Mounts: [bind.mount] };
}

function environmentOf(workspace: string, source: RunnerSource): { readonly [name: string]: string } {
  const common = { BERTH_WORKSPACE: workspace, BERTH_FORWARD_PORT: String(RUNNER_PORT), BERTH_POLL_MS: String(POLL_MS[source.kind]) };
  if (source.kind !== 'direct') return { ...common, BERTH_SOURCE: 'folder', BERTH_SOURCE_ROOT: folderOf(source), BERTH_SETTLE_MS: String(source.kind === 'mount' ? MOUNT_SETTLE_MS : 0) };
  return {
    ...common,
    BERTH_SOURCE: 's3',
    BERTH_S3_ENDPOINT: source.endpoint,
    BERTH_S3_REGION: source.region,
    BERTH_S3_BUCKET: source.bucket,
    BERTH_S3_PREFIX: source.prefix,
    BERTH_S3_ACCESS_KEY: source.accessKey,
    BERTH_S3_SECRET_KEY: source.secretKey,
  };
}

/**
 * The payload of the container of a workspace: a fixed shape with values in it. No privileges, nothing of this machine but the source read-only, one port on 127.0.0.1.
 * What runs in it was written by whoever wrote the workspace.
 */
export function runnerPayload({ owner, workspace, source, image, user, variables }: RunnerRequestValues): JsonObject {
  return {
    Image: image,
    Cmd: ['run'],
    // Berth's own come last: nothing that is given takes their place.
    Env: Object.entries({ ...variables, ...environmentOf(workspace, source) }).map(([name, value]) => `${name}=${value}`),
    User: user,
    StopTimeout: STOP_SECONDS,
    ExposedPorts: { [`${String(RUNNER_PORT)}/tcp`]: {} },
    Labels: { ...runnerLabels(owner), [COMPOSE_LABELS.service]: workspace, [COMPOSE_LABELS.workingDir]: owner.dir, [COMPOSE_LABELS.number]: '1', [COMPOSE_LABELS.oneOff]: 'False' },
    HostConfig: {
      Init: true,
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges:true'],
      Memory: MEMORY_BYTES,
      PidsLimit: PROCESSES,
      RestartPolicy: { Name: 'unless-stopped', MaximumRetryCount: 0 },
      LogConfig: { Type: 'json-file', Config: { 'max-size': '10m', 'max-file': '2' } },
      NetworkMode: owner.projectName,
      PortBindings: { [`${String(RUNNER_PORT)}/tcp`]: [{ HostIp: '127.0.0.1', HostPort: '' }] },
      Tmpfs: { '/run/berth': 'rw,noexec,nosuid,nodev,size=1m,mode=1777' },
      ...mountsOf(source),
      ...(source.kind === 'direct' && hostOf(source.endpoint) === HOST_GATEWAY ? { ExtraHosts: [`${HOST_GATEWAY}:host-gateway`] } : {}),
    },
    NetworkingConfig: { EndpointsConfig: { [owner.projectName]: { Aliases: [runnerSlug(workspace)] } } },
  };
}

function hostOf(endpoint: string): string {
  return /^[a-z]+:\/\/(?:[^@/]*@)?([^:/]+)/i.exec(endpoint)?.[1] ?? '';
}

/** Keys of the risky facts of such a container: reading its source, and nothing more. */
export function runnerFactKeys(workspace: string, source: RunnerSource): readonly string[] {
  const bind = bindOf(source);
  return bind === null ? [] : [`bind-outside:${workspace}:${bind.source}:ro`];
}
