import { BUSYBOX_IMAGE } from '../../support/images';

/** What the files of a seeded project need to be told. */
export interface SeedNames {
  readonly project: string;
  /** Ports that nobody has. */
  readonly free: readonly number[];
  /** A port that a process has, and one that a stopped container will have. */
  readonly taken: number;
  readonly claimed: number;
  /** A range of addresses that no network of the engine has: the first two numbers. */
  readonly subnet: string;
}

const QUIET = `    image: ${BUSYBOX_IMAGE}   # base\n    healthcheck: { disable: true }\n`;
const HEALTHY = `    image: ${BUSYBOX_IMAGE}\n    healthcheck: { test: ["CMD", "true"] }\n`;

/** A file of the project by path, with a mark in each line that a finding must name (see marked-files.ts). */
export function seededFiles(names: SeedNames): { readonly [path: string]: string } {
  return {
    'docker-compose.dev.yml': `# every fault once\nname: ${names.project} #! PROJECT_NAME_TAKEN\nservices:\n${mounts()}${ports(names)}${builds()}${dependencies()}${takenNames(names)}${keys()}${objects(names)}`,
    'docker-compose.clean.yml': prod(names),
    'shadow.env': 'FIRST=1\nLEVEL=1 #! ENV_SHADOWED\n',
    'builds/invalid/Dockerfile': `FROM ${BUSYBOX_IMAGE}\nRUNN echo x #! DOCKERFILE_INVALID => RUN echo x\n`,
    'builds/gap/Dockerfile': `FROM ${BUSYBOX_IMAGE}\nRUN echo a \\\n #! DOCKERFILE_EMPTY_LINE\n && echo b\n`,
    'builds/target/Dockerfile': `FROM ${BUSYBOX_IMAGE} AS base\n`,
    'builds/base/Dockerfile': `ARG BASE\nFROM \${BASE} #! BUILD_BASE_UNSET => FROM ${BUSYBOX_IMAGE}\n`,
    'builds/copy/Dockerfile': `FROM ${BUSYBOX_IMAGE}\nCOPY nothing.txt / #! BUILD_COPY_MISSING\n`,
    'builds/ignored/Dockerfile': `FROM ${BUSYBOX_IMAGE}\nCOPY secret.txt / #! BUILD_COPY_IGNORED\n`,
    'builds/ignored/.dockerignore': 'secret.txt\n',
    'builds/ignored/secret.txt': 'x',
    'builds/pattern/Dockerfile': `FROM ${BUSYBOX_IMAGE}\nCOPY one.txt /\n`,
    'builds/pattern/.dockerignore': '# a list\n[ #! BUILD_IGNORE_INVALID\n',
    'builds/pattern/one.txt': 'x',
    'folder/file.txt': 'x',
    'config/app.txt': 'x',
    'src/main.py': 'x',
    'private.txt': 'x',
    'nginx.conf': 'x',
  };
}

function mounts(): string {
  return `  missing:
${QUIET}    volumes:
      - ./gone:/data     # came from the old layout #! BIND_SOURCE_MISSING
  type:
${QUIET}    volumes: # two of them
      - ./src:/app/src
      - ./folder:/etc/app.json #! BIND_SOURCE_TYPE
  leftover:
${QUIET}    volumes:
      - ./left.conf:/etc/left.conf #! BIND_SOURCE_LEFTOVER
  spelled:
${QUIET}    volumes:
      - "./Config:/app/config"   # capital #! BIND_SOURCE_CASE
  leaves:
${QUIET}    volumes:
      - ./link:/outside #! BIND_SOURCE_LEAVES_PROJECT
  locked:
${QUIET}    user: "1234:1234"
    volumes:
      - ./private.txt:/private.txt:ro #! BIND_SOURCE_PERMISSIONS
  whole:
${QUIET}    volumes:
      - .:/app #! BIND_WHOLE_PROJECT => - ./src:/app
  secretive:
${QUIET}    secrets: [token]
`;
}

function ports({ free, taken, claimed }: SeedNames): string {
  return `  taken:
${QUIET}    ports:
      - "127.0.0.1:${String(taken)}:80" # web #! PORT_TAKEN
  claimed:
${QUIET}    ports:
      - "127.0.0.1:${String(claimed)}:80" #! PORT_CLAIMED
  first:
${QUIET}    ports: ["127.0.0.1:${String(free[0])}:80"]
  second:
${QUIET}    ports:
      - target: 80 #! PORT_DUPLICATE
        published: "${String(free[0])}"
        host_ip: 127.0.0.1
  open:
${QUIET}    ports:
      - "${String(free[1])}:80" #! PORT_NOT_LOOPBACK
  elsewhere:
${QUIET}    ports:
      - "203.0.113.7:${String(free[2])}:80" #! PORT_ADDRESS_UNKNOWN
  unwatched: #! HEALTHCHECK_NONE => unwatched:\\n    healthcheck: { disable: true }
    image: ${BUSYBOX_IMAGE}
    ports: ["127.0.0.1:${String(free[3])}:80"]
`;
}

function builds(): string {
  return `  no-context:
    build:
      context: ./nowhere #! BUILD_CONTEXT_MISSING => context: ./builds/target
  no-dockerfile:
    build:
      context: ./builds/target
      dockerfile: Missing #! DOCKERFILE_MISSING
  invalid: { build: ./builds/invalid }
  gap: { build: ./builds/gap }
  target:
    build:
      context: ./builds/target
      target: nostage #! BUILD_TARGET_UNKNOWN
  base: { build: ./builds/base }
  copy: { build: ./builds/copy }
  ignored: { build: ./builds/ignored }
  pattern: { build: ./builds/pattern }
`;
}

function dependencies(): string {
  return `  mute:
${QUIET}  plain:
    image: ${BUSYBOX_IMAGE}
  healthy:
${HEALTHY}    networks: [default]
  waits:
${QUIET}    depends_on:
      healthy: { condition: service_healthy }
      mute: { condition: service_healthy } #! DEPENDENCY_WITHOUT_HEALTHCHECK
  trusts:
${QUIET}    depends_on:
      healthy: { condition: service_healthy }
      plain: { condition: service_started }   # it is quick #! HEALTHCHECK_MISSING
  hurries:
${QUIET}    depends_on:
      - healthy #! DEPENDENCY_NOT_AWAITED
  apart:
${QUIET}    networks: [first] #! DEPENDENCY_NO_COMMON_NETWORK => networks: [default]
    depends_on: { healthy: { condition: service_healthy } }
  circle-a:
${HEALTHY}    depends_on:
      circle-b: { condition: service_healthy }
  circle-b:
${HEALTHY}    depends_on:
      circle-a: { condition: service_healthy } #! DEPENDENCY_CYCLE => healthy: { condition: service_healthy }
  lonely:
${QUIET}    depends_on:
      healthy: { condition: service_healthy }
      nobody: { condition: service_started } #! UNDEFINED_SERVICE
`;
}

function takenNames({ project }: SeedNames): string {
  return `  named:
${QUIET}    container_name: ${project}-stranger #! CONTAINER_NAME_TAKEN
  networked:
${QUIET}    networks:
      - stranger
      - first
      - second
      - shared
      - nowhere #! UNDEFINED_NETWORK
  keeper:
${QUIET}    volumes: ["kept:/kept"]
  stored:
${QUIET}    volumes:
      - stranger:/stranger
      - aged:/aged
      - shared:/shared
      - nothing:/nothing #! UNDEFINED_VOLUME
`;
}

function keys(): string {
  return `  keys:
${QUIET}    retsart: always #! UNKNOWN_KEY
    isolation: hyperv #! UNSUPPORTED_KEY
    ulimits:
      nofile: { soft: 9, hard: 3 } #! REFUSED_VALUE => nofile: { soft: 3, hard: 3 }
    tmpfs:
      - /tmp
      - /tmp:size=1m #! INVALID_VALUE
    environment:
      LEVEL: "2"
      EMPTY: "\${BERTH_TEST_NOWHERE}" #! ENV_UNSET
    env_file: shadow.env
    deploy:
      resources:
        limits: { cpus: "4096" } #! RESOURCE_CLAMPED => limits: { cpus: "0.5" }
`;
}

function objects({ project, subnet }: SeedNames): string {
  return `secrets:
  token: #! FILE_OBJECT_MISSING
    file: ./token.txt
networks:
  stranger: { name: ${project}-stranger } #! NETWORK_NAME_TAKEN
  shared: { name: ${project}-shared, external: true } #! EXTERNAL_NETWORK_MISSING
  first: { ipam: { config: [{ subnet: ${subnet}.0/24 }] } }
  second: { ipam: { config: [{ subnet: ${subnet}.128/25 }] } } #! SUBNET_OVERLAP => second: {}
volumes:
  kept: {}
  aged: {} #! VOLUME_CHANGED
  stranger: { name: ${project}-stranger } #! VOLUME_NAME_TAKEN
  shared: { name: ${project}-shared, external: true } #! EXTERNAL_VOLUME_MISSING
`;
}

function prod({ project }: SeedNames): string {
  return `name: ${project}
services:
  keeper:
${QUIET}    volumes: #! DATA_NOT_IN_MODE => volumes:
      - ./src:/app/src #! BIND_IN_PROD => - kept:/kept
  config:
${QUIET}    volumes:
      - other:/other
      - ./nginx.conf:/etc/nginx/nginx.conf:ro #! BIND_CONFIG_IN_PROD
      - /var/log:/host-log:ro #! BIND_SYSTEM_IN_PROD
volumes:
  kept: {}
  other: {}
`;
}
