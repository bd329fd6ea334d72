import { HOST_GATEWAY } from './inside-place';
import { editYaml, type YamlEditOutcome } from '../yaml/edit-yaml';
import { meaningOf } from '../yaml/yaml-places';
import { writeScalar } from '../yaml/write-yaml';
import type { ModeDefinition } from '../projects/project';

/** The file that is laid over a mode: the project's own files stay as they are. */
export const CONNECT_FILE = 'docker-compose.s3.yml';
/** Where the keys are, readable by their owner only. */
export const KEYS_FILE = '.berth/s3.env';

/** A service that is to reach S3 and see the mounts. */
export interface ConnectedService {
  readonly name: string;
  /** True when its own files name networks: those stay, and none has to be named here. */
  readonly namesNetworks: boolean;
}

/** What the services are given. */
export interface ConnectRequest {
  readonly services: readonly ConnectedService[];
  readonly endpointInside: string;
  readonly region: string;
  /** Null for an external endpoint: no network is needed to reach it. */
  readonly network: string | null;
  /** The address names the engine's machine, and services have to be told where that is. */
  readonly hostGateway: boolean;
  /** Folders of mounts: in the container, and on this machine. */
  readonly parents: ReadonlyMap<string, string>;
}

/** The text of the override file: an address, the keys from a file, the network, and the folders above the mounts. */
export function connectFile({ services, endpointInside, region, network, hostGateway, parents }: ConnectRequest): string {
  const lines = [
    '# Written by `berth storage connect`: S3 and the mounts for services of this project.',
    `# Keys are in ${KEYS_FILE}, which only you can read. \`berth operations undo\` takes this away again.`,
    'services:',
    ...services.flatMap((service) => [
      `  ${writeScalar(service.name)}:`,
      '    environment:',
      `      AWS_ENDPOINT_URL: ${writeScalar(endpointInside)}`,
      `      AWS_REGION: ${writeScalar(region)}`,
      '    env_file:',
      `      - ${KEYS_FILE}`,
      ...(hostGateway ? ['    extra_hosts:', `      - ${writeScalar(`${HOST_GATEWAY}:host-gateway`)}`] : []),
      ...(network === null ? [] : ['    networks:', ...(service.namesNetworks ? [] : ['      default:']), '      berth-s3:']),
      ...(parents.size === 0 ? [] : ['    volumes:', ...[...parents].flatMap(([target, source]) => ['      # The folder above the mounts: a mount that is made again is seen again.', '      - type: bind', `        source: ${writeScalar(source)}`, `        target: ${writeScalar(target)}`, '        bind:', '          propagation: rslave'])]),
    ]),
    ...(network === null ? [] : ['', 'networks:', '  berth-s3:', `    name: ${writeScalar(network)}`, '    external: true']),
  ];
  return `${lines.join('\n')}\n`;
}

/** Services that an override file gives the keys; none where it is not one of Berth's. */
export function connectedServices(text: string): readonly string[] {
  const root = meaningOf(text) as { readonly services?: Readonly<Record<string, { readonly env_file?: unknown } | null>> | null } | null;
  return Object.entries(root?.services ?? {}).flatMap(([name, one]) => (Array.isArray(one?.env_file) && one.env_file.includes(KEYS_FILE) ? [name] : []));
}

/** `berth.yaml` with the override file in a mode; made from the modes that were found where there is none yet. */
export function withConnectFile(text: string | null, mode: string, modes: readonly ModeDefinition[]): YamlEditOutcome {
  const root = text === null ? null : (meaningOf(text) as { readonly modes?: Readonly<Record<string, unknown>> | null } | null);
  const listed = root?.modes?.[mode];
  if (text !== null && listed !== undefined && listed !== null) return addTo(text, mode, listed);
  if (text !== null && root !== null) {
    if (root.modes !== undefined && root.modes !== null) return { kind: 'by-hand', reason: `berth.yaml does not name the mode ${mode}.` };
    return editYaml(text, [{ kind: 'set', path: ['modes'], value: Object.fromEntries(modes.map((one) => [one.name, valueOf(one, one.name === mode)])) }]);
  }
  const lines = ['# The modes of this project and the files they are made from.', 'modes:', ...modes.flatMap((one) => [`  ${writeScalar(one.name)}:`, ...list('files', [...one.files, ...(one.name === mode ? [CONNECT_FILE] : [])]), ...list('envFiles', one.envFiles), ...list('profiles', one.profiles)])];
  return { kind: 'edited', text: `${text ?? ''}${lines.join('\n')}\n` };
}

function list(key: string, values: readonly string[]): readonly string[] {
  return values.length === 0 ? [] : [`    ${key}:`, ...values.map((value) => `      - ${writeScalar(value)}`)];
}

function valueOf(mode: ModeDefinition, isConnected: boolean): { readonly [key: string]: readonly string[] } {
  return { files: [...mode.files, ...(isConnected ? [CONNECT_FILE] : [])], ...(mode.envFiles.length === 0 ? {} : { envFiles: mode.envFiles }), ...(mode.profiles.length === 0 ? {} : { profiles: mode.profiles }) };
}

/** A mode is a file, a list of files, or a mapping with `files`. */
function addTo(text: string, mode: string, listed: unknown): YamlEditOutcome {
  const isMap = typeof listed === 'object' && listed !== null && !Array.isArray(listed);
  const path = isMap ? ['modes', mode, 'files'] : ['modes', mode];
  const files: unknown = isMap ? (listed as { readonly files?: unknown }).files : listed;
  if (typeof files === 'string') return files === CONNECT_FILE ? { kind: 'edited', text } : editYaml(text, [{ kind: 'set', path, value: [files, CONNECT_FILE] }]);
  if (Array.isArray(files) && files.includes(CONNECT_FILE)) return { kind: 'edited', text };
  return editYaml(text, [{ kind: 'append', path, value: CONNECT_FILE }]);
}
