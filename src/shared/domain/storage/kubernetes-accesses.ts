import type { Lookup } from '../compose/environment';
import { child, childList, childMap, textOf, type ComposeNode } from '../compose/node';
import { nodeFromWire, type WireDocument } from '../compose/wire-tree';
import type { S3Access } from './access';
import { accessesOf, type AccessOptions, type ContainerFacts, type FactMount } from './container-facts';
import { cronSeconds } from './cron';
import type { StorageResources } from './definition';
import { environmentOf, objectsOf, type KubernetesObject, type ValueMaps } from './kubernetes-objects';
import { kubernetesQuantity } from './quantity';

/** Manifests, and what is known beside them. */
export interface KubernetesAccessRequest extends AccessOptions {
  readonly files: readonly { readonly file: string; readonly documents: readonly WireDocument[] }[];
}

interface Pod {
  readonly owner: KubernetesObject;
  readonly group: string;
  readonly spec: ComposeNode;
  readonly schedule: ContainerFacts['schedule'];
}

/** Accesses to S3 of every container of every pod that the manifests describe. */
export function kubernetesAccesses(request: KubernetesAccessRequest): readonly S3Access[] {
  const roots = request.files.flatMap(({ file, documents }) => documents.map((document) => nodeFromWire(document.root, file)));
  const { objects, values } = objectsOf(roots);
  return objects.flatMap(podOf).flatMap((pod) => factsOf(pod, values, request.variables)).flatMap((facts) => accessesOf(facts, request));
}

function podOf(owner: KubernetesObject): readonly Pod[] {
  const { kind, node } = owner;
  const spec = child(node, 'spec');
  const group = `pod:${owner.namespace}/${kind}/${owner.name}`;
  const pod = (inner: ComposeNode | undefined, schedule: Pod['schedule']): readonly Pod[] => (inner === undefined ? [] : [{ owner, group, spec: inner, schedule }]);
  if (kind === 'Pod') return pod(spec, null);
  if (['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'Job'].includes(kind)) return pod(child(child(spec, 'template'), 'spec'), null);
  if (kind !== 'CronJob' || textOf(child(spec, 'suspend')) === 'true') return [];
  const everySeconds = cronSeconds(textOf(child(spec, 'schedule')) ?? '') ?? null;
  const exclusive = ['Forbid', 'Replace'].includes(textOf(child(spec, 'concurrencyPolicy')) ?? 'Allow');
  return pod(child(child(child(child(spec, 'jobTemplate'), 'spec'), 'template'), 'spec'), { everySeconds, exclusive });
}

function factsOf(pod: Pod, values: ValueMaps, variables: Lookup): readonly ContainerFacts[] {
  const of = (key: string): readonly ComposeNode[] => childList(pod.spec, key)?.items ?? [];
  return [
    ...of('initContainers').map((node) => containerOf(pod, node, values, variables, textOf(child(node, 'restartPolicy')) !== 'Always')),
    ...of('containers').map((node) => containerOf(pod, node, values, variables, false)),
  ];
}

function containerOf(pod: Pod, node: ComposeNode, values: ValueMaps, variables: Lookup, startup: boolean): ContainerFacts {
  const environment = environmentOf(node, pod.owner.namespace, values);
  const words = (key: string): readonly string[] | null => {
    const list = childList(node, key);
    return list === undefined ? null : list.items.map((item) => dependent(textOf(item) ?? '', environment));
  };
  const { mounts, files } = mountsOf(pod, node, values);
  const at = child(node, 'args')?.at ?? child(node, 'command')?.at ?? node.at;
  return {
    container: textOf(child(node, 'name')) ?? pod.owner.name,
    service: pod.owner.name,
    group: pod.group,
    startup,
    image: imageOf(textOf(child(node, 'image')) ?? '', variables),
    entrypoint: words('command'),
    command: words('args'),
    environment,
    mounts,
    files,
    resources: resourcesOf(node),
    schedule: pod.schedule,
    where: { file: at.file, line: at.line, column: at.column },
  };
}

/** Manifests that go through a template first may name the image by a variable. */
function imageOf(text: string, variables: Lookup): string {
  return text.replace(/\$\{(\w+)\}/g, (whole, name: string) => variables(name) ?? whole);
}

/** Kubernetes itself puts `$(NAME)` in, where it knows the name. */
function dependent(text: string, environment: ReadonlyMap<string, string>): string {
  return text.replace(/\$\(([A-Za-z_][\w.-]*)\)/g, (whole, name: string) => environment.get(name) ?? whole);
}

function mountsOf(pod: Pod, container: ComposeNode, values: ValueMaps): { readonly mounts: readonly FactMount[]; readonly files: ReadonlyMap<string, string> } {
  const volumes = new Map((childList(pod.spec, 'volumes')?.items ?? []).map((node) => [textOf(child(node, 'name')) ?? '', node]));
  const mounts: FactMount[] = [];
  const files = new Map<string, string>();
  for (const node of childList(container, 'volumeMounts')?.items ?? []) {
    const name = textOf(child(node, 'name')) ?? '';
    const target = textOf(child(node, 'mountPath')) ?? '';
    const part = textOf(child(node, 'subPath')) ?? '';
    if (target === '') continue;
    const { store, readOnly, texts } = volumeOf(pod, name, volumes.get(name), values);
    mounts.push({ target, store: part === '' ? store : `${store}/${part}`, readOnly: readOnly || textOf(child(node, 'readOnly')) === 'true' });
    for (const [file, text] of texts) {
      if (part === '') files.set(`${target.replace(/\/$/, '')}/${file}`, text);
      else if (part === file) files.set(target, text);
    }
  }
  return { mounts, files };
}

interface PodVolume {
  readonly store: string;
  readonly readOnly: boolean;
  readonly texts: ReadonlyMap<string, string>;
}

function volumeOf({ owner, group }: Pod, name: string, node: ComposeNode | undefined, values: ValueMaps): PodVolume {
  const none = new Map<string, string>();
  const claim = textOf(child(child(node, 'persistentVolumeClaim'), 'claimName'));
  if (claim !== undefined) return { store: `claim:${owner.namespace}/${claim}`, readOnly: textOf(child(child(node, 'persistentVolumeClaim'), 'readOnly')) === 'true', texts: none };
  const path = textOf(child(child(node, 'hostPath'), 'path'));
  if (path !== undefined) return { store: `host:${path}`, readOnly: false, texts: none };
  const config = childMap(node, 'configMap');
  if (config !== undefined) return { store: `configmap:${owner.namespace}/${textOf(child(config, 'name')) ?? ''}`, readOnly: true, texts: projected(config, values.configMaps.get(`${owner.namespace}/${textOf(child(config, 'name')) ?? ''}`) ?? none) };
  const secret = childMap(node, 'secret');
  if (secret !== undefined) return { store: `secret:${owner.namespace}/${textOf(child(secret, 'secretName')) ?? ''}`, readOnly: true, texts: projected(secret, values.secretTexts.get(`${owner.namespace}/${textOf(child(secret, 'secretName')) ?? ''}`) ?? none) };
  return { store: `${group}:${name}`, readOnly: false, texts: none };
}

/** `items` choose keys and give them other names. */
function projected(source: ComposeNode, texts: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const items = childList(source, 'items')?.items;
  if (items === undefined) return texts;
  return new Map(items.map((item): [string, string] => [textOf(child(item, 'path')) ?? '', texts.get(textOf(child(item, 'key')) ?? '') ?? '']));
}

function resourcesOf(node: ComposeNode): StorageResources {
  const resources = child(node, 'resources');
  const quantity = (group: string, name: string, factor: number): number | null => {
    const text = textOf(child(child(resources, group), name));
    const value = text === undefined ? undefined : kubernetesQuantity(text);
    return value === undefined ? null : Math.round(value * factor);
  };
  const limitMemoryBytes = quantity('limits', 'memory', 1);
  const limitCpuMillis = quantity('limits', 'cpu', 1000);
  // Without a request Kubernetes takes the limit for one.
  return { requestMemoryBytes: quantity('requests', 'memory', 1) ?? limitMemoryBytes, requestCpuMillis: quantity('requests', 'cpu', 1000) ?? limitCpuMillis, limitMemoryBytes, limitCpuMillis };
}
