/** The only values that fields of Kubernetes' own types take, by type and field: what a typing error in a word would break. */
const PULL = ['Always', 'IfNotPresent', 'Never'];
const PROTOCOL = ['TCP', 'UDP', 'SCTP'];
const SCHEME = ['HTTP', 'HTTPS'];
const ACCESS = ['ReadWriteOnce', 'ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOncePod'];
const OPERATOR = ['In', 'NotIn', 'Exists', 'DoesNotExist'];

export const ALLOWED_VALUES: { readonly [type: string]: { readonly [field: string]: readonly string[] } } = {
  'core.v1.Container': { imagePullPolicy: PULL, terminationMessagePolicy: ['File', 'FallbackToLogsOnError'] },
  'core.v1.ContainerPort': { protocol: PROTOCOL },
  'core.v1.ServicePort': { protocol: PROTOCOL },
  'core.v1.ServiceSpec': { type: ['ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName'], sessionAffinity: ['None', 'ClientIP'], externalTrafficPolicy: ['Cluster', 'Local'], internalTrafficPolicy: ['Cluster', 'Local'] },
  'core.v1.PodSpec': { restartPolicy: ['Always', 'OnFailure', 'Never'], dnsPolicy: ['ClusterFirst', 'ClusterFirstWithHostNet', 'Default', 'None'] },
  'core.v1.HTTPGetAction': { scheme: SCHEME },
  'core.v1.PersistentVolumeClaimSpec': { accessModes: ACCESS, volumeMode: ['Filesystem', 'Block'] },
  'core.v1.PersistentVolumeSpec': { accessModes: ACCESS, volumeMode: ['Filesystem', 'Block'], persistentVolumeReclaimPolicy: ['Retain', 'Delete', 'Recycle'] },
  'core.v1.Toleration': { operator: ['Exists', 'Equal', 'Lt', 'Gt'], effect: ['NoSchedule', 'PreferNoSchedule', 'NoExecute'] },
  'core.v1.Taint': { effect: ['NoSchedule', 'PreferNoSchedule', 'NoExecute'] },
  'core.v1.NodeSelectorRequirement': { operator: [...OPERATOR, 'Gt', 'Lt'] },
  'io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelectorRequirement': { operator: OPERATOR },
  'apps.v1.DeploymentStrategy': { type: ['RollingUpdate', 'Recreate'] },
  'apps.v1.DaemonSetUpdateStrategy': { type: ['RollingUpdate', 'OnDelete'] },
  'apps.v1.StatefulSetUpdateStrategy': { type: ['RollingUpdate', 'OnDelete'] },
  'apps.v1.StatefulSetSpec': { podManagementPolicy: ['OrderedReady', 'Parallel'] },
  'batch.v1.CronJobSpec': { concurrencyPolicy: ['Allow', 'Forbid', 'Replace'] },
  'batch.v1.JobSpec': { completionMode: ['NonIndexed', 'Indexed'] },
  'networking.v1.HTTPIngressPath': { pathType: ['Exact', 'Prefix', 'ImplementationSpecific'] },
  'networking.v1.NetworkPolicySpec': { policyTypes: ['Ingress', 'Egress'] },
  'networking.v1.NetworkPolicyPort': { protocol: PROTOCOL },
  'storage.v1.StorageClass': { reclaimPolicy: ['Delete', 'Retain'], volumeBindingMode: ['Immediate', 'WaitForFirstConsumer'] },
  'rbac.v1.Subject': { kind: ['User', 'Group', 'ServiceAccount'] },
  'rbac.v1.RoleRef': { kind: ['Role', 'ClusterRole'] },
};

/** Fields that are ports of a network. */
export const PORT_FIELDS: { readonly [type: string]: readonly string[] } = {
  'core.v1.ContainerPort': ['containerPort', 'hostPort'],
  'core.v1.ServicePort': ['port'],
  'networking.v1.ServiceBackendPort': ['number'],
};
