import { describe, expect, it } from 'vitest';
import { customKinds } from '@shared/domain/gitops/schema/custom-resources';
import { readManifests } from '@shared/domain/gitops/manifest/read-manifests';
import { checkedVersion, validateManifests } from '@shared/domain/gitops/validate/validate-manifests';
import type { KubernetesSchemas } from '@shared/domain/gitops/schema/schema-data';
import { kubernetesSchemas } from '../../../../../support/kubernetes-schemas';

const schemas = kubernetesSchemas();

function check(text: string, options: { readonly version?: string; readonly with?: KubernetesSchemas } = {}) {
  const known = options.with ?? schemas;
  const version = checkedVersion(known, options.version);
  if (version === null) throw new Error('no such version');
  return validateManifests(new TextEncoder().encode(text), 'app/file.yaml', known, version).findings;
}

const DEPLOYMENT = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  labels: {app: web}
spec:
  replicas: 3
  selector:
    matchLabels:
      app: web
  template:
    metadata:
      labels:
        app: web
    spec:
      volumes:
        - name: data
          emptyDir: {}
      containers:
        - name: web
          image: nginx:1.27
          imagePullPolicy: Always
          ports:
            - containerPort: 80
          resources:
            limits:
              cpu: 500m
              memory: 1Gi
          volumeMounts:
            - name: data
              mountPath: /data
---
apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  type: ClusterIP
  selector: {app: web}
  ports:
    - port: 80
      targetPort: http
---
apiVersion: v1
kind: Secret
metadata:
  name: key
data:
  key: dGV4dA==
---
apiVersion: batch/v1
kind: CronJob
metadata:
  name: nightly
spec:
  schedule: "0 3 * * *"
  concurrencyPolicy: Forbid
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: Never
          containers:
            - name: job
              image: busybox:1.36
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web
spec:
  rules:
    - http:
        paths:
          - path: /
            pathType: Prefix
            backend:
              service:
                name: web
                port:
                  number: 80
`;

/** The clean text with one line changed: what the fault is, on which line, what the finding says. */
const FAULTS: readonly (readonly [string, string, string, string, string])[] = [
  ['a field written wrong', '  replicas: 3', '  replica: 3', 'MANIFEST_FIELD_UNKNOWN', 'did you mean replicas?'],
  ['a field one level too high', '          image: nginx:1.27', '          image: nginx:1.27\n          hostNetwork: true', 'MANIFEST_FIELD_UNKNOWN', 'spec.template.spec.containers[0].hostNetwork'],
  ['a text for a number', '  replicas: 3', '  replicas: "3"', 'MANIFEST_VALUE_INVALID', 'a whole number, not the text "3"'],
  ['a fraction for a whole number', '  replicas: 3', '  replicas: 3.5', 'MANIFEST_VALUE_INVALID', 'a whole number, not 3.5'],
  ['a number for a label', '        app: web\n    spec:', '        app: web\n        tier: 1\n    spec:', 'MANIFEST_VALUE_INVALID', 'spec.template.metadata.labels.tier must be a text, not 1'],
  ['a quantity that is none', '              cpu: 500m', '              cpu: 500 m', 'MANIFEST_VALUE_INVALID', 'a quantity'],
  ['a word that is none', '          imagePullPolicy: Always', '          imagePullPolicy: Allways', 'MANIFEST_VALUE_INVALID', 'did you mean Always?'],
  ['a mapping for a list', '          ports:\n            - containerPort: 80', '          ports:\n            containerPort: 80', 'MANIFEST_VALUE_INVALID', 'must be a list, not a mapping'],
  ['a port that is none', '            - containerPort: 80', '            - containerPort: 80800', 'MANIFEST_VALUE_INVALID', '65535'],
  ['a container without a name', '        - name: web\n          image: nginx:1.27', '        - image: nginx:1.27', 'MANIFEST_FIELD_MISSING', 'containers[0].name is missing'],
  ['a mount without its volume', '            - name: data\n              mountPath', '            - name: dta\n              mountPath', 'MANIFEST_REFERENCE_MISSING', 'no volume of that name'],
  ['a selector that finds nothing', '      app: web\n  template:', '      app: wed\n  template:', 'MANIFEST_REFERENCE_MISSING', 'does not have'],
  ['a kind written wrong', 'kind: Service', 'kind: Servcie', 'MANIFEST_KIND_UNKNOWN', 'did you mean Service?'],
  ['a version that is gone', 'apiVersion: apps/v1', 'apiVersion: extensions/v1beta1', 'MANIFEST_KIND_NOT_SERVED', 'use apps/v1'],
  ['a group that is none', 'apiVersion: batch/v1', 'apiVersion: batch/v3', 'MANIFEST_KIND_UNKNOWN', 'batch/v1'],
  ['a name with capitals', '  name: key', '  name: Key', 'MANIFEST_VALUE_INVALID', 'small letters'],
  ['base64 that is none', '  key: dGV4dA==', '  key: not base64!', 'MANIFEST_VALUE_INVALID', 'base64'],
  ['a Service of an unknown type', '  type: ClusterIP', '  type: ClusterIp', 'MANIFEST_VALUE_INVALID', 'did you mean ClusterIP?'],
  ['a schedule that is missing', '  schedule: "0 3 * * *"\n', '', 'MANIFEST_FIELD_MISSING', 'spec.schedule is missing'],
  ['a key twice', '  replicas: 3', '  replicas: 3\n  replicas: 4', 'MANIFEST_UNREADABLE', 'twice'],
  ['a path type that is missing', '            pathType: Prefix\n', '', 'MANIFEST_FIELD_MISSING', 'pathType is missing'],
  ['one volume name twice', '          emptyDir: {}', '          emptyDir: {}\n        - name: data\n          emptyDir: {}', 'MANIFEST_VALUE_INVALID', 'twice'],
];

/** The line that the fault is on: the first that is not as before, or the object that lacks something. */
const LINES: { readonly [fault: string]: number } = { 'a field one level too high': 22, 'a number for a label': 15, 'a container without a name': 20, 'a schedule that is missing': 55, 'a key twice': 8, 'a path type that is missing': 75, 'one volume name twice': 19, 'a mapping for a list': 23 };

describe('validation without a server', () => {
  it('finds nothing in what is right', () => {
    for (const version of schemas.versions) expect(check(DEPLOYMENT, { version })).toEqual([]);
  });

  it.each(FAULTS)('%s: one finding on its line', (name, before, after, code, words) => {
    expect(DEPLOYMENT.split(before)).toHaveLength(before === 'apiVersion: apps/v1' ? 2 : DEPLOYMENT.split(before).length);
    const text = DEPLOYMENT.replace(before, after);
    expect(text).not.toBe(DEPLOYMENT);
    const lines = DEPLOYMENT.split('\n');
    const first = LINES[name] ?? text.split('\n').findIndex((line, at) => line !== lines[at]) + 1;
    const findings = check(text);
    expect(findings.map((one) => [one.code, one.where?.line])).toEqual([[code, first]]);
    expect(findings[0]?.message).toContain(words);
  });

  it('knows which version has a field', () => {
    const text = 'apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  hostnameOverride: b\n  containers: [{name: c, image: d}]\n';
    expect(check(text, { version: '1.36' })).toEqual([]);
    expect(check(text, { version: '1.33' }).map((one) => [one.code, one.where?.line])).toEqual([['MANIFEST_FIELD_UNKNOWN', 5]]);
  });

  it('points into the items of a List, and beside aliases', () => {
    expect(check('apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: ConfigMap\n  metadata:\n    name: a\n  dta: {}\n').map((one) => one.where?.line)).toEqual([8]);
    expect(check('apiVersion: v1\nkind: ConfigMap\nmetadata: &m {name: a, lables: {}}\ndata: {}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\nbinary: {}\n').map((one) => one.where?.line)).toEqual([3, 9]);
  });

  it('says nothing of values that are filled in later', () => {
    expect(check('apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: "${APP}"}\nspec: {accessModes: ["${MODE:=ReadWriteOnce}"], resources: {requests: {storage: "${SIZE:=5Gi}"}}}\n')).toEqual([]);
    expect(check('apiVersion: v1\nkind: Namespace\nmetadata: {name: _}\n')).toEqual([]);
  });

  it('passes over templates, encrypted files and custom resources that it does not know', () => {
    expect(check('apiVersion: v1\nkind: Pod\nmetadata: {name: {{ .Values.x }}}\n')).toEqual([]);
    expect(check('apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nsops: {mac: x}\nnonsense: 1\n')).toEqual([]);
    expect(check('apiVersion: example.org/v1\nkind: Thing\nmetadata: {name: a}\nanything: 1\n')).toEqual([]);
  });

  it('checks custom resources by the definition that stands in the tree', () => {
    const definition = 'apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: things.example.org}\nspec: {group: example.org, scope: Namespaced, names: {kind: Thing, plural: things}, versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, required: [size], properties: {size: {type: integer}, color: {type: string, enum: [red, blue]}}}}}}}]}\n';
    expect(check(definition)).toEqual([]);
    const learnt = kubernetesSchemas(readManifests(new TextEncoder().encode(definition), 'crd.yaml').documents.flatMap((one) => customKinds(one.value)));
    const thing = (spec: string): readonly string[] => check(`apiVersion: example.org/v1\nkind: Thing\nmetadata: {name: a}\nspec: ${spec}\n`, { with: learnt }).map((one) => one.message);
    expect(thing('{size: 3, color: red}')).toEqual([]);
    expect(thing('{sise: 3}')).toEqual(['There is no field spec.sise: did you mean size?', 'spec.size is missing.']);
    expect(thing('{size: 3, color: rad}')[0]).toContain('did you mean red?');
  });
});

it('asks no more of a patch than what stands in it', () => {
  const text = 'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  replicas: 2\n  template:\n    spec:\n      containers:\n        - name: side\n          $retainKeys: [name]\n        - name: web\n          imagePullPolicy: Sometimes\n          volumeMounts:\n            - {name: data, mountPath: /data}\n      nodeSelektor: {a: b}\n';
  const bytes = new TextEncoder().encode(text);
  const version = checkedVersion(schemas);
  if (version === null) throw new Error('no version');
  const codes = (isPatch: boolean) => validateManifests(bytes, 'a.yaml', schemas, version, readManifests(bytes, 'a.yaml'), isPatch).findings.map(({ code, where }) => `${code} ${String(where?.line)}`);
  expect(codes(true)).toEqual(['MANIFEST_VALUE_INVALID 13', 'MANIFEST_FIELD_UNKNOWN 16']);
  expect(codes(false)).toContain('MANIFEST_FIELD_MISSING 5');
});
