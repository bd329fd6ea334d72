/** Where the keys for the services of the workspaces file are: readable by their owner only, in a folder that keeps itself out of version control. */
export const WORKSPACE_KEYS_FILE = '.berth/workspaces.env';
/** The folder beneath which the mount is seen. */
export const WORKSPACE_MOUNT_PARENT = '.berth/mnt';
/** The container that sends files where the workspaces file runs without Berth. */
export const WORKSPACE_SYNC = 'workspace-sync';

const SERVER_IMAGE = '${MINIO_IMAGE:-berth/minio:local}';
const RCLONE_IMAGE = '${RCLONE_IMAGE:-berth/rclone:local}';
const S3FS_IMAGE = '${S3FS_IMAGE:-berth/s3fs:local}';
const SYNC_IMAGE = '${WORKSPACE_SYNC_IMAGE:-berth/workspace-sync:local}';
/** Images of this name come from this machine: whoever has the name in a registry is somebody else. */
const PULL = '    pull_policy: ${STORAGE_PULL:-never}';
const KEYS = `    env_file: [${WORKSPACE_KEYS_FILE}]`;
const POINT = '/mnt/workspaces';

/** Names of the file by its backend. */
export const WORKSPACE_FILES = { rclone: 'docker-compose.rclone.yml', s3fs: 'docker-compose.s3fs.yml' } as const;

/** The storage file of workspaces. docker compose runs it by itself, version 1 too: that one knows no `name:` and no env file that may be missing. */
export function workspaceText(backend: 'rclone' | 's3fs'): string {
  const file = WORKSPACE_FILES[backend];
  const lines = [
    '# Workspaces of this project in S3: source is sent to a bucket as it is saved, and the bucket is a folder. It is no mode of the project.',
    '# Berth reads the mount from this file and never runs it: `berth storage start` and `berth workspaces sync` do the same with containers of their own.',
    `# Without Berth: docker compose -f ${file} up -d (or docker-compose). While that runs, Berth neither mounts nor syncs a second time.`,
    `# There is no key in here. \`berth storage setup workspace\` makes them up and keeps them in ${WORKSPACE_KEYS_FILE}, for your eyes only and not in version control.`,
    '# In .env may be chosen: S3_PORT, S3_CONSOLE_PORT, S3_MOUNT_PARENT, GATEWAY_PORT, STORAGE_PULL and the images by MINIO_IMAGE, RCLONE_IMAGE, S3FS_IMAGE, WORKSPACE_SYNC_IMAGE, WORKSPACE_IMAGE.',
    'services:',
    ...server(),
    '',
    ...bucket(),
    '',
    ...sync(backend),
    '',
    ...(backend === 'rclone' ? rcloneMount() : s3fsMount()),
    '',
    ...monitor(backend === 'rclone' ? 'rclone-mount' : 's3fs-mounter'),
    '',
    'volumes:',
    '  workspace-data:',
    '  workspace-sync-state:',
    ...(backend === 'rclone' ? ['  rclone-mount-cache:', '  rclone-mount-config:', '  rclone-mount-run:'] : []),
  ];
  return `${lines.join('\n')}\n`;
}

function server(): readonly string[] {
  return [
    '  # S3 and its console, on this machine only.',
    '  minio:',
    `    image: ${SERVER_IMAGE}`,
    PULL,
    '    command: [server, /data, --console-address, ":9001"]',
    KEYS,
    '    environment:',
    '      MINIO_API_CORS_ALLOW_ORIGIN: https://nobody.invalid',
    '      MINIO_UPDATE: "off"',
    '    ports:',
    '      - "127.0.0.1:${S3_PORT:-9000}:9000"',
    '      - "127.0.0.1:${S3_CONSOLE_PORT:-9001}:9001"',
    '    volumes:',
    '      - workspace-data:/data',
    '    restart: unless-stopped',
  ];
}

const PLACE = ['    environment:', '      S3_ENDPOINT: http://minio:9000', '      WORKSPACES_BUCKET: workspaces'];

function bucket(): readonly string[] {
  return [
    '  # Waits for S3, makes the bucket and ends. The image of MinIO has no program to ask it with, so this is its health check too.',
    '  bucket:',
    `    image: ${SYNC_IMAGE}`,
    PULL,
    '    command: [bucket]',
    KEYS,
    ...PLACE,
    '    depends_on:',
    '      minio: { condition: service_started }',
  ];
}

function sync(backend: 'rclone' | 's3fs'): readonly string[] {
  return [
    '  # Sends what is saved in workspaces/, without node_modules, .git, .env* and what ignore files exclude; only reads there.',
    `  ${WORKSPACE_SYNC}:`,
    `    image: ${SYNC_IMAGE}`,
    PULL,
    `    container_name: ${WORKSPACE_SYNC}`,
    '    command: [watch]',
    '    init: true',
    KEYS,
    ...PLACE,
    '    volumes:',
    '      - ./workspaces:/workspaces:ro',
    '      - workspace-sync-state:/state',
    ...(backend === 'rclone' ? ['      # The control socket of the mount: it is told what is new.', '      - rclone-mount-run:/run/berth'] : []),
    '    healthcheck:',
    '      test: [CMD-SHELL, "find /tmp/workspace-sync.healthy -mmin -1 | grep -q ."]',
    '      interval: 3s',
    '      timeout: 5s',
    '      retries: 20',
    '      start_period: 30s',
    ...AFTER_BUCKET,
    '    restart: unless-stopped',
  ];
}

const AFTER_BUCKET = ['    depends_on:', '      bucket: { condition: service_completed_successfully }'];
/** As s3fs is run everywhere; Berth's own containers of it ask for less. */
const S3FS_FUSE = ['    init: true', '    # Where an engine starts no privileged containers, this does as well: cap_add: [SYS_ADMIN] and security_opt: [apparmor:unconfined].', '    privileged: true', '    devices: [/dev/fuse]'];
const FUSE = ['    init: true', '    devices: [/dev/fuse]', '    cap_add: [SYS_ADMIN]', '    security_opt: [apparmor:unconfined]'];
const PARENT = ['      # What is mounted in the container is seen on this machine, beneath this folder; containers bind it with rslave.', '      - ${S3_MOUNT_PARENT:-./.berth/mnt}:/mnt:rshared'];

function mountEnd(): readonly string[] {
  return [
    '    healthcheck:',
    `      test: [CMD-SHELL, "grep -q ' ${POINT} fuse' /proc/mounts && ls ${POINT} > /dev/null"]`,
    '      interval: 3s',
    '      timeout: 5s',
    '      retries: 20',
    '      start_period: 30s',
    '    depends_on:',
    `      ${WORKSPACE_SYNC}: { condition: service_healthy }`,
    '    restart: unless-stopped',
    '    deploy:',
    '      resources:',
    '        reservations:',
    '          memory: 128M',
    '          cpus: "0.1"',
    '        limits:',
    '          memory: 256M',
    '          cpus: "0.2"',
  ];
}

function rcloneMount(): readonly string[] {
  const config = '/root/.config/rclone-mount';
  return [
    '  # The bucket as a folder that is only read: one writes, all others look.',
    '  rclone-mount:',
    `    image: ${RCLONE_IMAGE}`,
    PULL,
    '    container_name: workspace-rclone',
    '    command:',
    '      - mount',
    '      - minio:workspaces',
    `      - ${POINT}`,
    '      - --read-only',
    '      - --allow-other',
    '      - --vfs-cache-mode=full',
    '      - --vfs-cache-max-size=1G',
    '      - --vfs-cache-max-age=1h',
    '      - --dir-cache-time=5m',
    '      - --use-server-modtime',
    '      - --cache-dir=/root/.cache/rclone-mount',
    '      # Its control is a socket in a volume of this file, open to root only.',
    '      - --rc-no-auth',
    KEYS,
    '    environment:',
    `      RCLONE_CONFIG: ${config}/rclone.conf`,
    '      RCLONE_CONFIG_MINIO_TYPE: s3',
    '      RCLONE_CONFIG_MINIO_PROVIDER: Minio',
    '      RCLONE_CONFIG_MINIO_ENDPOINT: http://minio:9000',
    '      RCLONE_CONFIG_MINIO_ENV_AUTH: "true"',
    ...FUSE,
    '    volumes:',
    ...PARENT,
    `      - rclone-mount-config:${config}`,
    '      - rclone-mount-cache:/root/.cache/rclone-mount',
    '      - rclone-mount-run:/run/berth',
    ...mountEnd(),
  ];
}

function monitor(mount: string): readonly string[] {
  return [
    '  # A container for each workspace that the mount shows, http://127.0.0.1:8080/<workspace>/ and /monitor, on this machine only. Whoever has the',
    '  # socket of the engine may do everything with it: leave this service out where that is not wanted.',
    '  monitor:',
    `    image: ${SYNC_IMAGE}`,
    PULL,
    '    container_name: workspace-monitor',
    '    command: [monitor]',
    '    init: true',
    '    network_mode: host',
    '    environment:',
    '      GATEWAY_PORT: "${GATEWAY_PORT:-8080}"',
    '      WORKSPACE_IMAGE: ${WORKSPACE_IMAGE:-berth/workspace:local}',
    '    volumes:',
    '      - ${S3_MOUNT_PARENT:-./.berth/mnt}:/mnt:ro,rslave',
    '      - /var/run/docker.sock:/var/run/docker.sock',
    '    stop_grace_period: 30s',
    '    depends_on:',
    `      ${mount}: { condition: service_healthy }`,
    '    restart: unless-stopped',
  ];
}

function s3fsMount(): readonly string[] {
  return [
    '  # The bucket as a folder that is only read; nobody can tell s3fs what is new, so it asks; without umask only root could read. rclone is faster and caches more: docker-compose.rclone.yml.',
    '  s3fs-mounter:',
    `    image: ${S3FS_IMAGE}`,
    PULL,
    '    container_name: workspace-s3fs',
    `    command: [mount, workspaces, ${POINT}, -o, ro, -o, allow_other, -o, stat_cache_expire=5, -o, umask=0022, -o, mp_umask=0022]`,
    KEYS,
    '    environment:',
    '      AWS_S3_URL: http://minio:9000',
    ...S3FS_FUSE,
    '    volumes:',
    ...PARENT,
    ...mountEnd(),
  ];
}

/** What the keys file holds: one pair, under the names by which each program of the file asks for it. */
export function workspaceKeysText(pair: { readonly accessKey: string; readonly secretKey: string }): string {
  const names = [['MINIO_ROOT_USER', 'MINIO_ROOT_PASSWORD'], ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'], ['AWS_S3_ACCESS_KEY_ID', 'AWS_S3_SECRET_ACCESS_KEY'], ['S3_ACCESS_KEY', 'S3_SECRET_KEY']] as const;
  return ['# Keys of the S3 server that docker-compose.rclone.yml or docker-compose.s3fs.yml starts: one pair, by the names each program knows. Made up once and kept.', ...names.flatMap(([key, secret]) => [`${key}=${pair.accessKey}`, `${secret}=${pair.secretKey}`]), ''].join('\n');
}
