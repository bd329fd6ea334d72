import type { DuplicateGroup } from '../types';

/** Keys whose values decide who may do what, where data lies, what is selected and how much of it runs. */
const SECURITY = 'securityContext hostNetwork hostPID hostIPC hostUsers privileged capabilities serviceAccount serviceAccountName automountServiceAccountToken runAsUser runAsGroup runAsNonRoot allowPrivilegeEscalation readOnlyRootFilesystem seccompProfile appArmorProfile seLinuxOptions imagePullSecrets hostPath tls caBundle cap_add cap_drop security_opt user userns_mode pid ipc network_mode devices secrets';
const SELECTOR = 'selector matchLabels matchExpressions podSelector namespaceSelector nodeSelector affinity tolerations topologySpreadConstraints nodeName';
const STORAGE = 'volumes volumeMounts volumeClaimTemplates volumeDevices storageClassName accessModes persistentVolumeReclaimPolicy volumeName volumeMode storage emptyDir persistentVolumeClaim tmpfs volumes_from';
const REPLICAS = 'replicas minReplicas maxReplicas parallelism completions scale minAvailable maxUnavailable';
const SECRET = 'stringData secretKeyRef secretRef secretName env_file';

const WORDS: ReadonlyMap<string, string> = new Map([
  ...named(SECURITY, 'security'),
  ...named(SELECTOR, 'what it selects'),
  ...named(STORAGE, 'storage'),
  ...named(REPLICAS, 'how many run'),
  ...named(SECRET, 'secret data'),
]);

/** Kinds that are about one of these as a whole. */
const WHOLE_KINDS: ReadonlyMap<string, string> = new Map([
  ...named('Role ClusterRole RoleBinding ClusterRoleBinding ServiceAccount NetworkPolicy PodSecurityPolicy ValidatingWebhookConfiguration MutatingWebhookConfiguration ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding CertificateSigningRequest AuthorizationPolicy PeerAuthentication', 'security'),
  ...named('PersistentVolume PersistentVolumeClaim StorageClass VolumeSnapshotClass CSIDriver', 'storage'),
  ...named('Secret SealedSecret ExternalSecret', 'secret data'),
  ...named('HorizontalPodAutoscaler PodDisruptionBudget', 'how many run'),
]);

/** Where a whole definition is in one member and not in the other, anything may be in it. */
const WHOLE = ['spec', 'template', 'jobTemplate', 'containers', 'initContainers', 'services'];

/** What differs between the members of a group that nobody but the user may decide about, in a word; null where nothing does. */
export function sensitiveDifference(group: DuplicateGroup): { readonly what: string; readonly pointer: string } | null {
  const kind = group.identity !== null && 'kind' in group.identity ? group.identity.kind : '';
  for (const pointer of group.differences) {
    const what = WHOLE_KINDS.get(kind) ?? wordFor(kind, pointer.split('/').slice(1));
    if (what !== undefined) return { what, pointer };
  }
  return null;
}

function wordFor(kind: string, parts: readonly string[]): string | undefined {
  const isMetadata = parts[0] === 'metadata';
  // The labels of a pod are what selectors of others find it by; those of other objects are words about them.
  if (parts.includes('labels') && (parts.includes('template') || (isMetadata && kind === 'Pod'))) return 'what it selects';
  if (isMetadata) return undefined;
  const last = parts.at(-1) ?? '';
  if (parts.length === 0 || WHOLE.includes(last) || WHOLE.includes(parts.at(-2) ?? '') && /^\d+$/.test(last)) return 'its whole definition';
  return parts.map((part) => WORDS.get(part)).find((word) => word !== undefined);
}

function named(keys: string, word: string): readonly (readonly [string, string])[] {
  return keys.split(' ').map((key) => [key, word]);
}
