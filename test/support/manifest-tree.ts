import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** A number from 0 to 1 that is the same for the same seed. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** The text of a Deployment and a Service of about 1.5 kB together. */
export function twoDocuments(name: string, namespace: string, image: string): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
  namespace: ${namespace}
  labels:
    app.kubernetes.io/name: ${name}
    app.kubernetes.io/part-of: ${namespace}
spec:
  replicas: 2
  selector:
    matchLabels:
      app.kubernetes.io/name: ${name}
  template:
    metadata:
      labels:
        app.kubernetes.io/name: ${name}
    spec:
      containers:
        - name: main
          image: ${image}
          ports:
            - name: http
              containerPort: 8080
          env:
            - name: LOG_LEVEL
              value: "info"
            - name: UPSTREAM
              value: http://${name}-backend.${namespace}.svc:8080
          resources:
            requests:
              cpu: 100m
              memory: 128Mi
            limits:
              memory: 256Mi
          readinessProbe:
            httpGet:
              path: /healthz
              port: http
---
# how others reach it
apiVersion: v1
kind: Service
metadata:
  name: ${name}
  namespace: ${namespace}
spec:
  selector:
    app.kubernetes.io/name: ${name}
  ports:
    - name: http
      port: 80
      targetPort: http
`;
}

/** What a tree was made with. */
export interface MadeTree {
  readonly files: number;
  readonly copies: number;
  readonly reordered: number;
  readonly conflicts: number;
}

/** Writes a tree of files with two documents each: of each twenty files one is a copy, one says the same in other words, one says something else of the same objects. */
export async function makeManifestTree(root: string, files: number, seed: number): Promise<MadeTree> {
  const random = seeded(seed);
  const made = { files: 0, copies: 0, reordered: 0, conflicts: 0 };
  const written = new Set<string>();
  for (let at = 0; at < files; at += 1) {
    const kind = at % 20;
    const source = kind >= 17 ? at - 10 : at;
    const name = `app-${String(source)}`;
    const image = `registry.example.com/team-${String(source % 37)}/${name}:1.${String(source % 9)}.${String(source % 4)}`;
    let text = twoDocuments(name, `team-${String(source % 37)}`, image);
    if (kind === 17) made.copies += 1;
    else if (kind === 18) {
      text = text.replace('  replicas: 2\n', '').replace('\nspec:\n  selector:\n    matchLabels', '\nspec:\n  # two of them\n  replicas: 2\n  selector:\n    matchLabels').replace('cpu: 100m', "cpu: '0.1'");
      made.reordered += 1;
    } else if (kind === 19) {
      text = text.replace(image, `${image}-${String(Math.floor(random() * 1e6))}`);
      made.conflicts += 1;
    }
    const path = join(root, `area-${String(at % 50)}`, `group-${String(at % 7)}`, `${name}-${String(at)}.yaml`);
    if (!written.has(dirname(path))) {
      await mkdir(dirname(path), { recursive: true });
      written.add(dirname(path));
    }
    await writeFile(path, text);
    made.files += 1;
  }
  return made;
}
