/** The two S3 services of the conflict analysis as they were: one mounts three buckets, the other copies to the third of them. */
export const BACKUP_BUCKET = 'realistic-demo-pretamane-backup-abcdef';

export const VARIABLES = { S3_DATA_BUCKET: 'demo-data', S3_INDEX_BUCKET: 'demo-index', S3_BACKUP_BUCKET: BACKUP_BUCKET, AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE', AWS_SECRET_ACCESS_KEY: 'not-a-secret' };

export const COMPOSE_BEFORE = `services:
  rclone-mount:
    image: rclone/rclone:latest
    container_name: rclone-sidecar
    command:
      - mount
      - s3-data:\${S3_DATA_BUCKET}
      - /mnt/s3/data
      - --vfs-cache-mode
      - full
      - ;
      - mount
      - s3-index:\${S3_INDEX_BUCKET}
      - /mnt/s3/index
      - --vfs-cache-mode=full
      - ;
      - mount
      - s3-backup:\${S3_BACKUP_BUCKET}
      - /mnt/s3/backup
      - --vfs-cache-mode=full
    environment: &remotes
      RCLONE_CONFIG_S3_DATA_TYPE: s3
      RCLONE_CONFIG_S3_DATA_REGION: us-east-1
      RCLONE_CONFIG_S3_INDEX_TYPE: s3
      RCLONE_CONFIG_S3_BACKUP_TYPE: s3
      AWS_ACCESS_KEY_ID: \${AWS_ACCESS_KEY_ID}
      AWS_SECRET_ACCESS_KEY: \${AWS_SECRET_ACCESS_KEY}
    volumes:
      - rclone-config:/root/.config/rclone
    deploy:
      resources:
        reservations: { memory: 128M, cpus: "0.1" }
  s3-sync:
    image: rclone/rclone:latest
    container_name: s3-sync
    entrypoint: [sh, -c]
    command:
      - |
        while true; do
          rclone copy /mnt/efs/processed s3-backup:${BACKUP_BUCKET}/processed
          rclone copy /mnt/efs/logs s3-backup:${BACKUP_BUCKET}/logs
          sleep 300
        done
    environment: *remotes
    volumes:
      - rclone-config:/root/.config/rclone
      - efs:/mnt/efs
    deploy:
      resources:
        reservations: { memory: 128M, cpus: "0.1" }
volumes:
  rclone-config:
  efs:
`;

export const COMPOSE_AFTER = `services:
  rclone-mount:
    image: rclone/rclone:1.71.0
    container_name: rclone-mount
    command: [mount, "s3-data:\${S3_DATA_BUCKET}", /mnt/s3/data, --vfs-cache-mode, full, ";", mount, "s3-index:\${S3_INDEX_BUCKET}", /mnt/s3/index, --vfs-cache-mode, full, ";", mount, "s3-backup:\${S3_BACKUP_BUCKET}", /mnt/s3/backup, --vfs-cache-mode, full]
    environment:
      RCLONE_CONFIG: /root/.config/rclone-mount/rclone.conf
      AWS_ACCESS_KEY_ID: \${AWS_ACCESS_KEY_ID}
    volumes: [mount-config:/root/.config/rclone-mount, mount-cache:/root/.cache/rclone-mount]
    deploy: { resources: { reservations: { memory: 128M, cpus: "0.1" }, limits: { memory: 256M, cpus: "0.2" } } }
  s3-sync:
    image: rclone/rclone:1.71.0
    container_name: s3-sync
    command: [every, "300", copy, /mnt/efs/processed, "s3-archive:\${S3_ARCHIVE_BUCKET}", ";", copy, /mnt/efs/logs, "s3-logs:\${S3_LOGS_BUCKET}"]
    environment:
      RCLONE_CONFIG: /root/.config/rclone-sync/rclone.conf
      AWS_ACCESS_KEY_ID: \${AWS_ACCESS_KEY_ID}
    volumes: [sync-config:/root/.config/rclone-sync, efs:/mnt/efs]
    deploy: { resources: { reservations: { memory: 64M, cpus: "0.05" }, limits: { memory: 128M, cpus: "0.1" } } }
volumes: { mount-config: , mount-cache: , sync-config: , efs: }
`;

const configScript = (remotes: readonly string[]): string =>
  `mkdir -p /root/.config/rclone
          cat > /root/.config/rclone/rclone.conf <<EOF
${remotes.map((remote) => `          [${remote}]\n          type = s3\n          provider = AWS\n          env_auth = true\n          region = us-east-1\n`).join('')}          EOF`;

const keys = `env:
        - name: AWS_ACCESS_KEY_ID
          valueFrom: { secretKeyRef: { name: aws-credentials, key: AWS_ACCESS_KEY_ID } }
        - name: AWS_SECRET_ACCESS_KEY
          valueFrom: { secretKeyRef: { name: aws-credentials, key: AWS_SECRET_ACCESS_KEY } }`;

export const configMap = (values: { readonly [name: string]: string }): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: storage-config, namespace: demo }\ndata:\n${Object.entries(values).map(([name, value]) => `  ${name}: "${value}"\n`).join('')}`;

export const KUBERNETES_BEFORE = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: demo-app
  namespace: demo
spec:
  template:
    spec:
      containers:
      - name: app
        image: demo/app:1.0
        resources: { requests: { memory: 256Mi, cpu: 250m } }
      - name: rclone-sidecar
        image: rclone/rclone:latest
        command: ["/bin/sh", "-c"]
        args:
        - |
          ${configScript(['s3-data', 's3-index', 's3-backup'])}
          rclone mount s3-data:\${S3_DATA_BUCKET} /mnt/s3/data --vfs-cache-mode writes --daemon
          rclone mount s3-index:\${S3_INDEX_BUCKET} /mnt/s3/index --vfs-cache-mode writes --daemon
          rclone mount s3-backup:\${S3_BACKUP_BUCKET} /mnt/s3/backup --vfs-cache-mode writes --daemon
          sleep infinity
        envFrom:
        - configMapRef: { name: storage-config }
        ${keys}
        resources: { requests: { memory: 128Mi, cpu: 100m } }
        volumeMounts:
        - { name: s3, mountPath: /mnt/s3, mountPropagation: Bidirectional }
      - name: s3-sync
        image: rclone/rclone:latest
        command: ["/bin/sh", "-c"]
        args:
        - |
          ${configScript(['s3-backup'])}
          while true; do
            rclone copy /mnt/efs/processed s3-backup:${BACKUP_BUCKET}/processed
            rclone copy /mnt/efs/logs s3-backup:${BACKUP_BUCKET}/logs
            sleep 300
          done
        ${keys}
        resources: { requests: { memory: "134217728", cpu: "0.1" } }
        volumeMounts:
        - { name: efs, mountPath: /mnt/efs }
      volumes:
      - { name: s3, emptyDir: {} }
      - { name: efs, persistentVolumeClaim: { claimName: efs-claim } }
`;

const deployment = (name: string, config: string, command: string, remotes: readonly string[], memory: string, cpu: string): string => `apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name}, namespace: demo }
spec:
  template:
    spec:
      containers:
      - name: ${name}
        image: rclone/rclone:1.71.0@sha256:abc
        command: ["/bin/sh", "-c"]
        args:
        - |
          ${configScript(remotes).replaceAll('/root/.config/rclone', config)}
          ${command}
        envFrom:
        - configMapRef: { name: storage-config }
        env:
        - { name: RCLONE_CONFIG, value: ${config}/rclone.conf }
        ${keys.replace('env:\n        ', '')}
        resources: { requests: { memory: ${memory}, cpu: ${cpu} } }
`;

export const KUBERNETES_AFTER = [
  deployment('rclone-mount', '/root/.config/rclone-mount', ['data', 'index', 'backup'].map((one) => `rclone mount s3-${one}:$S3_${one.toUpperCase()}_BUCKET /mnt/s3/${one} &`).join('\n          '), ['s3-data', 's3-index', 's3-backup'], '128Mi', '100m'),
  deployment('s3-sync', '/root/.config/rclone-sync', 'while true; do rclone copy /mnt/efs/processed s3-archive:$S3_ARCHIVE_BUCKET; rclone copy /mnt/efs/logs s3-logs:$S3_LOGS_BUCKET; sleep 300; done', ['s3-archive', 's3-logs'], '64Mi', '50m'),
].join('---\n');
