import { BUCKET_VARIABLES } from './definition';
import { WORKSPACE_FILES, workspaceText } from './workspace-preset';

/** A ready-made storage file. */
export type StoragePreset = 'complementary' | 'legacy' | 'workspace';

/** What is to be set up; `only` leaves the other half out. */
export interface PresetRequest {
  readonly preset: StoragePreset;
  readonly backend: 'rclone' | 's3fs';
  readonly only: 'all' | 'mounts' | 'sync';
  /** Name of the project: its buckets and its data volume are called after it. */
  readonly project: string;
  /** True: everybody in the bucket of the data, each in a folder of its own. */
  readonly oneBucket?: boolean;
}

/** The file of a preset, and the variables it is read with. */
export interface PresetFile {
  readonly file: string;
  readonly text: string;
  readonly variables: Readonly<Record<string, string>>;
}

/** Where scheduled copies went before buckets were separated: the name stands in the file as it is, not as a variable. */
export const LEGACY_BUCKET = 'realistic-demo-pretamane-backup-abcdef';

const IMAGE = 'berth/rclone:local';
const LEGACY_IMAGE = 'rclone/rclone:latest';

interface Mount {
  readonly remote: string;
  readonly bucket: string;
  readonly point: string;
  readonly readOnly?: boolean;
}

interface Container {
  readonly service: string;
  readonly container: string;
  readonly image: string;
  readonly config: string;
  /** Name of the volume of the configuration. */
  readonly configVolume: string;
  readonly keys: string;
  readonly resources: readonly string[];
}

/** The storage file of a preset: comments and all, ready to be written. */
export function presetFile(request: PresetRequest): PresetFile {
  switch (request.preset) {
    case 'complementary':
      return complementary(request);
    case 'legacy':
      return legacy(request);
    case 'workspace':
      return { file: WORKSPACE_FILES[request.backend], text: workspaceText(request.backend), variables: {} };
  }
}

function complementary({ project, only, oneBucket = false }: PresetRequest): PresetFile {
  const target = (name: string, folder: string): string => (oneBucket ? `\${S3_DATA_BUCKET}/${folder}` : `\${S3_${name.toUpperCase()}_BUCKET}`);
  const mounts = ['data', 'index', 'realtime'].map((name): Mount => ({ remote: `s3-${name}`, bucket: target(name, `mount/${name}`), point: `/mnt/s3/${name}`, readOnly: true }));
  const jobs = [
    { source: '/mnt/efs/processed', remote: 's3-archive', target: `s3-archive:${target('archive', 'sync/processed')}` },
    { source: '/mnt/efs/logs', remote: 's3-logs', target: `s3-logs:${target('logs', 'sync/logs')}` },
  ];
  const mount: Container = { service: 'rclone-mount', container: 'rclone-mount', image: IMAGE, config: '/root/.config/rclone-mount', configVolume: 'rclone-mount-config', keys: 'S3_MOUNT', resources: resources('128M', '0.1', '256M', '0.2') };
  const sync: Container = { service: 's3-sync', container: 's3-sync', image: IMAGE, config: '/root/.config/rclone-sync', configVolume: 'rclone-sync-config', keys: 'S3_SYNC', resources: resources('64M', '0.05', '128M', '0.1') };
  return file('docker-compose.storage.yml', project, variablesFor(project), [
    ...(only === 'sync' ? [] : mountService(mount, mounts, 'Buckets as folders, for reading while the services work; what writes to them is an S3 client. Take --read-only away to write through a folder.')),
    ...(only === 'mounts' ? [] : syncService(sync, jobs, 'Copies to other buckets every five minutes. What is deleted in the folders stays in the buckets.')),
  ]);
}

function legacy({ project, only }: PresetRequest): PresetFile {
  const mounts = ['data', 'index', 'backup'].map((name): Mount => ({ remote: `s3-${name}`, bucket: `\${S3_${name.toUpperCase()}_BUCKET}`, point: `/mnt/s3/${name}` }));
  const jobs = [
    { source: '/mnt/efs/processed', remote: 's3-backup', target: `s3-backup:${LEGACY_BUCKET}/processed` },
    { source: '/mnt/efs/logs', remote: 's3-backup', target: `s3-backup:${LEGACY_BUCKET}/logs` },
  ];
  const shared = { image: LEGACY_IMAGE, config: '/root/.config/rclone', configVolume: 'rclone-config', keys: 'S3', resources: resources('128M', '0.1') };
  const mount: Container = { ...shared, service: 'rclone-mount', container: 'rclone-sidecar' };
  const sync: Container = { ...shared, service: 's3-sync', container: 's3-sync' };
  return file('docker-compose.storage.yml', project, { ...variablesFor(project), S3_BACKUP_BUCKET: LEGACY_BUCKET }, [
    ...(only === 'sync' ? [] : mountService(mount, mounts, 'As it was before conflicts were looked for: `berth storage conflicts` names them, `berth storage apply-strategy all` mends them.')),
    ...(only === 'mounts' ? [] : syncService(sync, jobs, 'Copies into the bucket that is mounted above: one of the conflicts.')),
  ]);
}

/** Every bucket that is known, so that `.env` says of each where it is. */
function variablesFor(project: string): Readonly<Record<string, string>> {
  return Object.fromEntries(BUCKET_VARIABLES.map((variable) => [variable, bucketNameOf(project, variable.slice('S3_'.length, -'_BUCKET'.length).toLowerCase())]));
}

/** A bucket's name from a project's: small letters, digits and dashes, 63 at most. */
export function bucketNameOf(project: string, purpose: string): string {
  const stem = project.toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '').slice(0, 62 - purpose.length).replace(/-+$/, '');
  return stem === '' ? `berth-${purpose}` : `${stem}-${purpose}`;
}

function file(name: string, project: string, variables: Readonly<Record<string, string>>, services: readonly string[]): PresetFile {
  const lines = [
    '# Storage of this project: buckets as folders, and copies to buckets. It is no mode of the project.',
    '# `berth storage start` reads it and runs it; `docker compose -f ' + name + ' up -d` does so without Berth.',
    '# Names of buckets are in .env. Keys are in no file: Berth hands them over, docker compose takes them from the variables.',
    `name: ${project}-storage`,
    '',
    'services:',
    ...services,
    '',
    'networks:',
    '  s3:',
    '    name: ${S3_NETWORK:-berth-s3}',
    '    external: true',
    ...volumes(services, project),
  ];
  return { file: name, text: `${lines.join('\n')}\n`, variables };
}

function volumes(services: readonly string[], project: string): readonly string[] {
  const used = [...new Set(services.flatMap((line) => /^ {6}- ([a-z0-9-]+):\//.exec(line)?.[1] ?? []))].sort();
  if (used.length === 0) return [];
  return ['', 'volumes:', ...used.flatMap((name) => (name === 'efs' ? ['  # What the services of the project share; they mount it at /mnt/efs.', '  efs:', `    name: \${EFS_VOLUME:-${project}_efs}`] : [`  ${name}:`]))];
}

function resources(memory: string, cpus: string, limitMemory?: string, limitCpus?: string): readonly string[] {
  return [
    '    deploy:',
    '      resources:',
    '        reservations:',
    `          memory: ${memory}`,
    `          cpus: "${cpus}"`,
    ...(limitMemory === undefined || limitCpus === undefined ? [] : ['        limits:', `          memory: ${limitMemory}`, `          cpus: "${limitCpus}"`]),
  ];
}

const FUSE = ['    init: true', '    devices: [/dev/fuse]', '    cap_add: [SYS_ADMIN]', '    security_opt: [apparmor:unconfined]', '    networks: [s3]'];
const PARENT = ['      # What is mounted in the container is seen on this machine, beneath this folder.', '      - type: bind', '        source: ${S3_MOUNT_PARENT:-./.storage/mnt}', '        target: /mnt', '        bind: { propagation: rshared }'];

function mountService(container: Container, mounts: readonly Mount[], comment: string): readonly string[] {
  const cache = '/root/.cache/rclone-mount';
  return [
    `  # ${comment}`,
    ...head(container),
    '    command:',
    ...mounts.flatMap((mount, index) => [
      ...(index === 0 ? [] : ['      - ";"']),
      '      - mount',
      `      - ${mount.remote}:${mount.bucket}`,
      `      - ${mount.point}`,
      ...(mount.readOnly === true ? ['      - --read-only'] : []),
      '      - --allow-other',
      '      - --vfs-cache-mode=full',
      '      - --vfs-cache-max-size=1G',
      '      - --vfs-cache-max-age=1h',
      '      - --dir-cache-time=5m',
      `      - --cache-dir=${cache}`,
    ]),
    ...environment(container, mounts.map((one) => one.remote)),
    ...FUSE,
    '    volumes:',
    ...PARENT,
    `      - ${container.configVolume}:${container.config}`,
    `      - rclone-mount-cache:${cache}`,
    ...container.resources,
  ];
}

function syncService(container: Container, jobs: readonly { readonly source: string; readonly remote: string; readonly target: string }[], comment: string): readonly string[] {
  return [
    `  # ${comment}`,
    ...head(container),
    '    command:',
    '      - every',
    '      - "300"',
    ...jobs.flatMap((job, index) => [...(index === 0 ? [] : ['      - ";"']), '      - copy', `      - ${job.source}`, `      - ${job.target}`]),
    ...environment(container, jobs.map((one) => one.remote)),
    '    init: true',
    '    networks: [s3]',
    '    volumes:',
    '      - efs:/mnt/efs:ro',
    `      - ${container.configVolume}:${container.config}`,
    ...container.resources,
  ];
}

function head({ service, container, image }: Container): readonly string[] {
  return [`  ${service}:`, `    image: ${image}`, `    container_name: ${container}`];
}

/** rclone keeps the dash of a remote's name in its variables. */
function environment({ config, keys }: Container, remotes: readonly string[]): readonly string[] {
  return [
    '    environment:',
    `      RCLONE_CONFIG: ${config}/rclone.conf`,
    ...[...new Set(remotes)].flatMap((remote) => [
      `      RCLONE_CONFIG_${remote.toUpperCase()}_TYPE: s3`,
      `      RCLONE_CONFIG_${remote.toUpperCase()}_PROVIDER: Minio`,
      `      RCLONE_CONFIG_${remote.toUpperCase()}_ENDPOINT: \${S3_ENDPOINT:-http://berth-s3:9000}`,
      `      RCLONE_CONFIG_${remote.toUpperCase()}_ENV_AUTH: "true"`,
    ]),
    `      AWS_ACCESS_KEY_ID: \${${keys}_ACCESS_KEY}`,
    `      AWS_SECRET_ACCESS_KEY: \${${keys}_SECRET_KEY}`,
  ];
}
