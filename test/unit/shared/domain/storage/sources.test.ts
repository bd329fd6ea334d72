import { describe, expect, it } from 'vitest';
import { analyseStorage } from '@shared/domain/storage/analyse-storage';
import { cronSeconds } from '@shared/domain/storage/cron';
import { inspectedAccesses } from '@shared/domain/storage/inspected-accesses';
import { durationSeconds, kubernetesQuantity, rcloneSizeBytes } from '@shared/domain/storage/quantity';
import { sharesToMillis } from '@shared/domain/storage/shares';
import { resolveText, sameText, storageText } from '@shared/domain/storage/symbolic';
import { documentsOf, fromCompose, fromKubernetes } from './accesses-kit';
import { composeAccesses } from '@shared/domain/storage/compose-accesses';

describe('texts with variables', () => {
  const known = (name: string): string | undefined => ({ A: 'a', EMPTY: '' })[name];
  it.each([
    ['x-${A}', 'x-a', true],
    ['$A', 'a', true],
    ['${B:-b}', 'b', true],
    ['${EMPTY:-b}', 'b', true],
    ['${EMPTY}', '', true],
    ['${B}-x', '${B}-x', false],
    ['$B', '${B}', false],
    ['${B:?needed}', '${B:?needed}', false],
    ['$$A', '$A', false],
    ['no variable', 'no variable', true],
    ['cost: 5$', 'cost: 5$', true],
  ])('%s is %s', (template, text, certain) => {
    expect(resolveText(template, known)).toEqual({ text, certain });
  });
  it.each([
    ['a', 'a', 'same'],
    ['a', 'b', 'different'],
    ['${A}', '${A}', 'possible'],
    ['${A}', '${B}', 'different'],
    ['${A}', 'x', 'possible'],
    ['x-${A}-z', 'x-y-z', 'possible'],
    ['x-${A}-z', 'x-z', 'different'],
    ['x-${A}', 'y-x-', 'different'],
    ['${A}$(date)', 'x', 'possible'],
  ])('%s and %s: %s', (left, right, expected) => {
    expect(sameText(storageText(left), storageText(right))).toBe(expected);
    expect(sameText(storageText(right), storageText(left))).toBe(expected);
  });
});

describe('figures', () => {
  it('reads quantities of Kubernetes', () => {
    expect(['128Mi', '134217728', '128M', '1Gi', '100m', '0.5', '1e3', '2k', '.5', 'x', '1Mx', '', '1e3k'].map(kubernetesQuantity)).toEqual([134_217_728, 134_217_728, 128e6, 1024 ** 3, 0.1, 0.5, 1000, 2000, 0.5, undefined, undefined, undefined, undefined]);
  });
  it('reads sizes and times of rclone', () => {
    expect(['1G', '512M', '10', '1Gi', 'off', 'much'].map(rcloneSizeBytes)).toEqual([1024 ** 3, 512 * 1024 ** 2, 10_240, 1024 ** 3, Number.POSITIVE_INFINITY, undefined]);
    expect(['5m', '1h30m', '300', '1d', '0.5', 'soon'].map(durationSeconds)).toEqual([300, 5_400, 300, 86_400, 0.5, undefined]);
  });
  it('reads schedules', () => {
    expect(['*/5 * * * *', '0 * * * *', '@hourly', '@daily', '0 2 * * 1-5', '0,10 3 * * *', '*/7 * * * *', '5/20 * * * *', 'x * * * *', '61 * * * *', '* * *'].map(cronSeconds)).toEqual([300, 3_600, 3_600, 86_400, 86_400, 600, 240, 1_200, undefined, undefined, undefined]);
  });
  it('reads shares as what was asked for', () => {
    expect([102, 51, 1024, 512].map(sharesToMillis)).toEqual([100, 50, 1000, 500]);
  });
});

describe('compose files', () => {
  const text = `services:
  sync:
    image: rclone/rclone:1
    entrypoint: []
    command: rclone copy /in s3:\${BUCKET:-standard}/x
    environment:
      - RCLONE_CONFIG=/etc/rclone/rclone.conf
      - AWS_ACCESS_KEY_ID
    volumes:
      - ./conf:/etc/rclone:ro
      - type: volume
        source: efs
        target: /in
volumes:
  efs:
    name: shared-efs
`;
  it('read what services mount and take from files of the host', () => {
    const hostFiles = new Map([['/shop/conf/rclone.conf', '[s3]\ntype = s3\nendpoint = http://minio:9000\n']]);
    expect(fromCompose(text, { AWS_ACCESS_KEY_ID: 'k' }, { hostFiles })).toMatchObject([
      { container: 'sync', group: 'host', bucket: { text: 'standard', certain: true }, prefix: { text: 'x' }, endpoint: 'http://minio:9000', configStore: 'host:/shop/conf/rclone.conf', configWritable: false, place: '/in', placeStore: 'volume:shared-efs', where: { file: '/shop/docker-compose.storage.yml', line: 5 } },
    ]);
  });
  it('let later files win, and add to the first ones', () => {
    const override = 'services:\n  sync:\n    command: rclone copy /in s3:${OTHER}\n    environment: { RCLONE_CONFIG_S3_TYPE: s3, RCLONE_CONFIG_S3_ENDPOINT: "http://over:9000" }\n';
    const [found] = composeAccesses({ files: [{ file: '/shop/a.yml', documents: documentsOf(text) }, { file: '/shop/b.yml', documents: documentsOf(override) }], project: 'shop', projectDir: '/shop', environment: {} });
    expect(found).toMatchObject({ endpoint: 'http://over:9000', bucket: { text: '${OTHER}', certain: false }, placeStore: 'volume:shared-efs', where: { file: '/shop/b.yml', line: 3 } });
  });
  it('read configurations that are in the file itself', () => {
    const [found] = fromCompose('services:\n  m:\n    image: rclone/rclone:1\n    command: mount s3:b /mnt/b --config /rclone.conf\n    configs: [{ source: conf, target: /rclone.conf }]\nconfigs:\n  conf:\n    content: |\n      [s3]\n      type = s3\n      endpoint = http://minio:9000\n');
    expect(found).toMatchObject({ endpoint: 'http://minio:9000', configWritable: false });
  });
  it('see two projects’ services in one volume', () => {
    const shared = (service: string, command: string): string => `services:\n  ${service}:\n    image: rclone/rclone:1\n    command: ${command}\n    volumes: [conf:/root/.config/rclone]\nvolumes: { conf: { external: true } }\n`;
    const accesses = [...fromCompose(shared('a', 'mount s3:x /mnt/x'), {}, { project: 'one' }), ...fromCompose(shared('b', 'mount s3:y /mnt/y'), {}, { project: 'two' })];
    expect(analyseStorage(accesses).findings.map((one) => one.rule)).toEqual(['C1', 'C3']);
  });
});

describe('Kubernetes manifests', () => {
  const cron = (policy: string, more = ''): string => `apiVersion: batch/v1
kind: CronJob
metadata: { name: nightly }
spec:
  schedule: "*/5 * * * *"
  ${policy}
  ${more}
  jobTemplate:
    spec:
      template:
        spec:
          containers:
          - name: sync
            image: amazon/aws-cli:2
            args: [s3, sync, /in, "s3://$(BUCKET)/x", --delete]
            env: [{ name: BUCKET, valueFrom: { configMapKeyRef: { name: storage, key: bucket } } }]
            resources: { limits: { memory: 64Mi, cpu: 50m } }
`;
  it('read schedules and whether runs wait for each other', () => {
    expect(fromKubernetes(cron('concurrencyPolicy: Forbid'))).toMatchObject([{ container: 'sync', group: 'pod:default/CronJob/nightly', everySeconds: 300, exclusive: true, bucket: { text: '${configmap:storage/bucket}', certain: false }, resources: { requestMemoryBytes: 67_108_864, requestCpuMillis: 50 } }]);
    expect(analyseStorage(fromKubernetes(cron('concurrencyPolicy: Allow'))).findings.map((one) => one.rule)).toEqual(['S1']);
    expect(fromKubernetes(cron('', 'suspend: true'))).toEqual([]);
  });
  it('read values of configuration objects, also in lists and other files', () => {
    const list = `apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: ConfigMap\n  metadata: { name: storage }\n  data: { bucket: nightly-bucket }\n---\n${cron('concurrencyPolicy: Forbid')}`;
    expect(fromKubernetes(list)).toMatchObject([{ bucket: { text: 'nightly-bucket', certain: true } }]);
  });
  it('read configurations that are mounted, volumes that are shared, and who comes first', () => {
    const text = `apiVersion: v1
kind: ConfigMap
metadata: { name: conf }
data:
  rclone.conf: |
    [s3]
    type = s3
    endpoint = http://minio:9000
---
apiVersion: apps/v1
kind: StatefulSet
metadata: { name: web }
spec:
  template:
    spec:
      initContainers:
      - { name: first, image: rclone/rclone:1, args: [copy, "s3:seed", /data], volumeMounts: [{ name: conf, mountPath: /config/rclone }] }
      - { name: beside, image: rclone/rclone:1, restartPolicy: Always, args: [mount, "s3:live", /mnt/live], volumeMounts: [{ name: conf, mountPath: /config/rclone/rclone.conf, subPath: rclone.conf }, { name: live, mountPath: /mnt/live }] }
      containers:
      - { name: push, image: rclone/rclone:1, args: [copy, /mnt/in, "s3:live"], volumeMounts: [{ name: conf, mountPath: /config/rclone }, { name: live, mountPath: /mnt/in }] }
      volumes: [{ name: conf, configMap: { name: conf } }, { name: live, emptyDir: {} }]
`;
    const accesses = fromKubernetes(text);
    expect(accesses.map((one) => [one.container, one.startup, one.endpoint, one.configWritable])).toEqual([['first', true, 'http://minio:9000', false], ['beside', false, 'http://minio:9000', false], ['push', false, 'http://minio:9000', false]]);
    expect(analyseStorage(accesses).findings.map((one) => one.rule)).toEqual(['B4']);
  });
  it('keep the name of a secret in place of its value', () => {
    const text = 'apiVersion: v1\nkind: Secret\nmetadata: { name: keys }\nstringData: { AWS_ACCESS_KEY_ID: AKIASECRET }\n---\napiVersion: v1\nkind: Pod\nmetadata: { name: p }\nspec:\n  containers:\n  - { name: c, image: "amazon/aws-cli:2", args: [s3, sync, /a, "s3://b"], envFrom: [{ secretRef: { name: keys } }] }\n';
    expect(fromKubernetes(text)[0]?.credentials).toBe('${secret:keys/AWS_ACCESS_KEY_ID}');
  });
});

describe('a container that is there', () => {
  it('is read from an inspect', () => {
    const inspected = {
      Name: '/rclone-sidecar',
      Config: { Image: 'rclone/rclone:latest', Entrypoint: ['rclone'], Cmd: ['mount', 's3-backup:demo', '/mnt/s3/backup', '--vfs-cache-mode', 'full'], Env: ['RCLONE_CONFIG_S3_BACKUP_TYPE=s3', 'RCLONE_CONFIG_S3_BACKUP_ENDPOINT=http://minio:9000', 'RCLONE_CONFIG=/root/.config/rclone/rclone.conf'], Labels: { 'com.docker.compose.service': 'rclone-mount' } },
      HostConfig: { Memory: 268_435_456, MemoryReservation: 134_217_728, NanoCpus: 200_000_000, CpuShares: 102 },
      Mounts: [{ Type: 'volume', Name: 'shop_conf', Source: '/var/lib/docker/volumes/shop_conf/_data', Destination: '/root/.config/rclone', RW: true }],
    };
    expect(inspectedAccesses(inspected, { variables: () => undefined })).toMatchObject([
      {
        container: 'rclone-sidecar',
        service: 'rclone-mount',
        endpoint: 'http://minio:9000',
        bucket: { text: 'demo' },
        configStore: 'volume:shop_conf/rclone.conf',
        cacheDir: '/root/.cache/rclone',
        resources: { requestMemoryBytes: 134_217_728, requestCpuMillis: 100, limitMemoryBytes: 268_435_456, limitCpuMillis: 200 },
      },
    ]);
    expect(inspectedAccesses({}, { variables: () => undefined })).toEqual([]);
  });
});
