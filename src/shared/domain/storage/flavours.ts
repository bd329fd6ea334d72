import { AppError } from '../../kernel/app-error';

/** S3 servers Berth can run itself. They are data: another one is another entry. */
export type LocalFlavour = 'minio' | 'silo' | 'versitygw';

export interface FlavourDefinition {
  readonly title: string;
  readonly licence: string;
  /** Names of the variables that take the root keys. */
  readonly keyVariables: { readonly access: string; readonly secret: string };
  /** Ports in the container. */
  readonly apiPort: number;
  readonly consolePort: number;
  /** Where the data volume is put. */
  readonly dataDir: string;
  /** Answers 200 without keys once it serves. */
  readonly healthPath: string;
  readonly command: readonly string[];
  /** Added to the command when the console is wanted, at its beginning. */
  readonly consoleFlags: readonly string[];
  /** Each project gets keys that open its own buckets only (MinIO's admin API). */
  readonly keysPerProject: boolean;
  /** Servers of the same format read each other's volumes. */
  readonly dataFormat: string;
  /** What anybody who has its console on should know; empty when there is nothing. */
  readonly consoleNotice: string;
  /** What anybody who runs it should know. */
  readonly notices: readonly string[];
}

const MINIO: Omit<FlavourDefinition, 'title' | 'notices' | 'consoleNotice'> = {
  licence: 'AGPL-3.0-only',
  keyVariables: { access: 'MINIO_ROOT_USER', secret: 'MINIO_ROOT_PASSWORD' },
  apiPort: 9000,
  consolePort: 9001,
  dataDir: '/data',
  healthPath: '/minio/health/live',
  command: ['server', '/data'],
  consoleFlags: ['--console-address', ':9001'],
  keysPerProject: true,
  dataFormat: 'minio',
};

/** Every S3 server Berth can run. */
export const FLAVOURS: { readonly [name in LocalFlavour]: FlavourDefinition } = {
  minio: { ...MINIO, title: 'MinIO', consoleNotice: 'The web console of this server gets no fixes any more. Switch it off while you do not need it: berth storage server --console=false', notices: ['MinIO’s makers have stopped working on it: its source is frozen since February 2026.'] },
  silo: { ...MINIO, title: 'Silo', consoleNotice: '', notices: [] },
  versitygw: {
    title: 'Versity S3 Gateway',
    licence: 'Apache-2.0',
    keyVariables: { access: 'ROOT_ACCESS_KEY', secret: 'ROOT_SECRET_KEY' },
    apiPort: 9000,
    consolePort: 9001,
    dataDir: '/data',
    healthPath: '/health',
    command: ['--port', ':9000', '--health', '/health', 'posix', '/data'],
    consoleFlags: ['--webui', ':9001'],
    keysPerProject: false,
    dataFormat: 'posix',
    consoleNotice: '',
    notices: ['This server has one pair of keys: every project can read and write the buckets of the others.'],
  },
};

/** The definition of a flavour by a name that was kept somewhere; undefined for one that is not known. */
export function flavourOf(name: string): FlavourDefinition | undefined {
  return Object.hasOwn(FLAVOURS, name) ? FLAVOURS[name as LocalFlavour] : undefined;
}

/** Command and environment of a container of this flavour. */
export function flavourStart(flavour: FlavourDefinition, keys: { readonly accessKey: string; readonly secretKey: string }, withConsole: boolean): { readonly command: readonly string[]; readonly environment: { readonly [name: string]: string } } {
  // versitygw takes flags before its subcommand only, MinIO takes them behind it.
  const first = flavour.command[0]?.startsWith('-') === true;
  const flags = withConsole ? flavour.consoleFlags : [];
  return {
    command: first ? [...flags, ...flavour.command] : [...flavour.command, ...flags],
    environment: {
      [flavour.keyVariables.access]: keys.accessKey,
      [flavour.keyVariables.secret]: keys.secretKey,
      ...(flavour.dataFormat === 'minio' && !withConsole ? { MINIO_BROWSER: 'off' } : {}),
    },
  };
}

/** True when a server of one flavour reads what the other wrote. */
export function sameData(one: string, other: string): boolean {
  return one === other || (flavourOf(one) !== undefined && flavourOf(one)?.dataFormat === flavourOf(other)?.dataFormat);
}

/** Refuses to start a server on data that another kind of server wrote: it would show no buckets, or damage them. */
export function refuseFlavourChange(volume: string, written: string, found: { readonly flavour: string; readonly reference: string }): void {
  if (sameData(written, found.flavour)) return;
  const before = flavourOf(written)?.title ?? written;
  const after = flavourOf(found.flavour)?.title ?? found.flavour;
  throw new AppError('blocked', `The volume ${volume} was written by ${before}; ${found.reference} is ${after}, which cannot read it.`, {
    hint: `Set the image of the S3 server to one of ${before} (berth storage server --image …), or copy the buckets to a new server first.`,
    details: { volume, written, flavour: found.flavour },
  });
}
