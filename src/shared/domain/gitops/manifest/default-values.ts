import type { ManifestValue } from '../types';

/**
 * What the API server fills in where a field is left out, by type: the fixed ones of k8s.io/kubernetes pkg/apis (defaults.go) and `+default` of k8s.io/api.
 * Those that depend on other fields are in defaults.ts.
 */
type Values = { readonly [field: string]: ManifestValue };

const EMPTY: Values = {};
const DATA_MODE: Values = { defaultMode: 420 };
const HOOK: Values = { failurePolicy: 'Fail', matchPolicy: 'Equivalent', namespaceSelector: EMPTY, objectSelector: EMPTY, timeoutSeconds: 10 };
const CONTAINER: Values = { terminationMessagePath: '/dev/termination-log', terminationMessagePolicy: 'File' };
const RBD: Values = { pool: 'rbd', user: 'admin', keyring: '/etc/ceph/keyring' };
const ISCSI: Values = { iscsiInterface: 'default' };
const SCALE_IO: Values = { storageMode: 'ThinProvisioned', fsType: 'xfs' };
const MATCH: Values = { matchPolicy: 'Equivalent', namespaceSelector: EMPTY, objectSelector: EMPTY };
const REPLICATED: Values = { replicas: 1, revisionHistoryLimit: 10 };

export const DEFAULT_VALUES: { readonly [type: string]: Values } = {
  'core.v1.Container': CONTAINER,
  'core.v1.EphemeralContainer': CONTAINER,
  'core.v1.ContainerPort': { protocol: 'TCP' },
  'core.v1.ServicePort': { protocol: 'TCP' },
  'core.v1.EndpointPort': { protocol: 'TCP' },
  'core.v1.ServiceSpec': { sessionAffinity: 'None', type: 'ClusterIP' },
  'core.v1.PodSpec': { dnsPolicy: 'ClusterFirst', restartPolicy: 'Always', securityContext: EMPTY, terminationGracePeriodSeconds: 30, schedulerName: 'default-scheduler' },
  'core.v1.Probe': { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 },
  'core.v1.HTTPGetAction': { path: '/', scheme: 'HTTP' },
  'core.v1.GRPCAction': { service: '' },
  'core.v1.SecretVolumeSource': DATA_MODE,
  'core.v1.ConfigMapVolumeSource': DATA_MODE,
  'core.v1.DownwardAPIVolumeSource': DATA_MODE,
  'core.v1.ProjectedVolumeSource': DATA_MODE,
  'core.v1.ServiceAccountTokenProjection': { expirationSeconds: 3600 },
  'core.v1.HostPathVolumeSource': { type: '' },
  'core.v1.AzureDiskVolumeSource': { cachingMode: 'ReadWrite', fsType: 'ext4', readOnly: false, kind: 'Shared' },
  'core.v1.RBDVolumeSource': RBD,
  'core.v1.RBDPersistentVolumeSource': RBD,
  'core.v1.ISCSIVolumeSource': ISCSI,
  'core.v1.ISCSIPersistentVolumeSource': ISCSI,
  'core.v1.ScaleIOVolumeSource': SCALE_IO,
  'core.v1.ScaleIOPersistentVolumeSource': SCALE_IO,
  'core.v1.FileKeySelector': { optional: false },
  'core.v1.ObjectFieldSelector': { apiVersion: 'v1' },
  'core.v1.Secret': { type: 'Opaque' },
  'core.v1.PersistentVolumeSpec': { persistentVolumeReclaimPolicy: 'Retain', volumeMode: 'Filesystem' },
  'core.v1.PersistentVolumeClaimSpec': { volumeMode: 'Filesystem' },
  'core.v1.ReplicationControllerSpec': { replicas: 1 },
  'apps.v1.DeploymentSpec': { ...REPLICATED, progressDeadlineSeconds: 600 },
  'apps.v1.DaemonSetSpec': { revisionHistoryLimit: 10 },
  'apps.v1.StatefulSetSpec': { ...REPLICATED, podManagementPolicy: 'OrderedReady' },
  'apps.v1.StatefulSetPersistentVolumeClaimRetentionPolicy': { whenDeleted: 'Retain', whenScaled: 'Retain' },
  'apps.v1.ReplicaSetSpec': { replicas: 1 },
  'apps.v1beta1.DeploymentSpec': { replicas: 1, revisionHistoryLimit: 2, progressDeadlineSeconds: 600 },
  'apps.v1beta1.StatefulSetSpec': { ...REPLICATED, podManagementPolicy: 'OrderedReady' },
  'apps.v1beta2.DeploymentSpec': { ...REPLICATED, progressDeadlineSeconds: 600 },
  'apps.v1beta2.DaemonSetSpec': { revisionHistoryLimit: 10 },
  'apps.v1beta2.StatefulSetSpec': { ...REPLICATED, podManagementPolicy: 'OrderedReady' },
  'apps.v1beta2.ReplicaSetSpec': { replicas: 1 },
  'batch.v1.JobSpec': { completionMode: 'NonIndexed', suspend: false, manualSelector: false },
  'batch.v1.CronJobSpec': { concurrencyPolicy: 'Allow', suspend: false, successfulJobsHistoryLimit: 3, failedJobsHistoryLimit: 1 },
  'batch.v1beta1.CronJobSpec': { concurrencyPolicy: 'Allow', suspend: false, successfulJobsHistoryLimit: 3, failedJobsHistoryLimit: 1 },
  'batch.v1.PodFailurePolicyOnPodConditionsPattern': { status: 'True' },
  'networking.v1.NetworkPolicyPort': { protocol: 'TCP' },
  'networking.v1.IngressClassParametersReference': { scope: 'Cluster' },
  'networking.v1beta1.HTTPIngressPath': { pathType: 'ImplementationSpecific' },
  'extensions.v1beta1.HTTPIngressPath': { pathType: 'ImplementationSpecific' },
  'extensions.v1beta1.DeploymentSpec': { replicas: 1, progressDeadlineSeconds: 2147483647, revisionHistoryLimit: 2147483647 },
  'extensions.v1beta1.DaemonSetSpec': { revisionHistoryLimit: 10 },
  'extensions.v1beta1.ReplicaSetSpec': { replicas: 1 },
  'autoscaling.v1.HorizontalPodAutoscalerSpec': { minReplicas: 1 },
  'autoscaling.v2.HorizontalPodAutoscalerSpec': { minReplicas: 1 },
  'rbac.v1.RoleRef': { apiGroup: 'rbac.authorization.k8s.io' },
  'storage.v1.StorageClass': { reclaimPolicy: 'Delete', volumeBindingMode: 'Immediate' },
  'storage.v1beta1.StorageClass': { reclaimPolicy: 'Delete', volumeBindingMode: 'Immediate' },
  'storage.v1.CSIDriverSpec': { attachRequired: true, podInfoOnMount: false, storageCapacity: false, fsGroupPolicy: 'ReadWriteOnceWithFSType', volumeLifecycleModes: ['Persistent'], requiresRepublish: false, seLinuxMount: false },
  'admissionregistration.v1.ValidatingWebhook': HOOK,
  'admissionregistration.v1.MutatingWebhook': { ...HOOK, reinvocationPolicy: 'Never' },
  'admissionregistration.v1.RuleWithOperations': { scope: '*' },
  'admissionregistration.v1.NamedRuleWithOperations': { scope: '*' },
  'admissionregistration.v1.ServiceReference': { port: 443 },
  'admissionregistration.v1.ValidatingAdmissionPolicySpec': { failurePolicy: 'Fail' },
  'admissionregistration.v1.MatchResources': MATCH,
  'scheduling.v1.PriorityClass': { preemptionPolicy: 'PreemptLowerPriority' },
  'discovery.v1.EndpointPort': { name: '', protocol: 'TCP' },
  'resource.v1.DeviceToleration': { operator: 'Equal' },
};
