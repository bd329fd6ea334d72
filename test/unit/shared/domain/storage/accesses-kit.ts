import { environmentOf } from '@shared/domain/compose/environment';
import { parseYaml } from '@shared/domain/compose/parse-yaml';
import type { WireDocument } from '@shared/domain/compose/wire-tree';
import type { S3Access } from '@shared/domain/storage/access';
import { composeAccesses, type ComposeAccessRequest } from '@shared/domain/storage/compose-accesses';
import { accessesOf, NO_RESOURCES, type ContainerFacts } from '@shared/domain/storage/container-facts';
import { kubernetesAccesses } from '@shared/domain/storage/kubernetes-accesses';
import { storageText } from '@shared/domain/storage/symbolic';

type Variables = { readonly [name: string]: string };

/** Documents of a YAML text, as the parser process would send them. */
export function documentsOf(text: string): readonly WireDocument[] {
  const result = parseYaml(text);
  if (!result.ok) throw new Error(result.message);
  return result.documents;
}

export function fromCompose(text: string, variables: Variables = {}, more: Partial<ComposeAccessRequest> = {}): readonly S3Access[] {
  return composeAccesses({ files: [{ file: '/shop/docker-compose.storage.yml', documents: documentsOf(text) }], project: 'shop', projectDir: '/shop', environment: environmentOf(variables), ...more });
}

export function fromKubernetes(text: string, variables: Variables = {}): readonly S3Access[] {
  return kubernetesAccesses({ files: [{ file: '/shop/pod.yaml', documents: documentsOf(text) }], variables: (name) => variables[name] });
}

/** Accesses of one container that runs a shell script. */
export function fromScript(script: string, more: Partial<ContainerFacts> & { readonly variables?: Variables } = {}): readonly S3Access[] {
  return fromWords(['sh', '-c', script], more);
}

/** Accesses of one container that is given these words. */
export function fromWords(words: readonly string[], more: Partial<ContainerFacts> & { readonly variables?: Variables } = {}): readonly S3Access[] {
  const { variables = {}, ...facts } = more;
  const container: ContainerFacts = { container: 'one', service: 'one', group: 'host', startup: false, image: 'tools:1', entrypoint: null, command: words, environment: new Map(), mounts: [], files: new Map(), resources: NO_RESOURCES, schedule: null, where: undefined, ...facts };
  return accessesOf(container, { variables: (name) => variables[name] });
}

type Part = Partial<Omit<S3Access, 'bucket' | 'prefix'>> & { readonly bucket?: string; readonly prefix?: string };

/** A writable mount of a bucket, with what a test changes. */
export function access(part: Part = {}): S3Access {
  const { bucket = 'data', prefix = '', ...rest } = part;
  const container = rest.container ?? 'mounter';
  return {
    container,
    service: container,
    group: 'host',
    startup: false,
    mode: 'mount',
    verbs: ['read', 'write', 'delete'],
    direction: null,
    remote: 's3',
    endpoint: 'http://minio:9000',
    bucket: storageText(bucket),
    prefix: storageText(prefix),
    place: `/mnt/s3/${bucket}`,
    placeStore: null,
    configPath: null,
    configStore: null,
    configWritable: true,
    cacheDir: null,
    cacheStore: null,
    credentials: null,
    image: 'rclone/rclone:1.71.0',
    resources: NO_RESOURCES,
    everySeconds: null,
    exclusive: true,
    staleSeconds: 300,
    where: { file: '/shop/docker-compose.storage.yml', line: 3 },
    ...rest,
  };
}

/** A copy of a folder to a bucket every five minutes, with what a test changes. */
export function sync(part: Part = {}): S3Access {
  return access({ container: 'syncer', bucket: 'archive', mode: 'sync', verbs: ['write'], direction: 'to-s3', place: '/mnt/efs/processed', everySeconds: 300, staleSeconds: null, ...part });
}
