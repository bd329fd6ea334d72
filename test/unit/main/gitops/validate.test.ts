import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { validateHandlers } from '@main/gitops/validate';
import { withManifestReader } from './manifest-reader';

const FILES: { readonly [path: string]: string } = {
  'crd/thing.yaml': 'apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: things.example.org}\nspec: {group: example.org, scope: Namespaced, names: {kind: Thing, plural: things}, versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: {size: {type: integer}}}}}}}]}\n',
  'things/a.yaml': 'apiVersion: example.org/v1\nkind: Thing\nmetadata: {name: a}\nspec:\n  size: large\n',
  'web/service.yml': 'apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec:\n  ports: [{port: 80}]\n  slector: {app: a}\n',
  'web/values.yaml': 'replicas: three\n',
  '.git/config.yaml': 'apiVersion: v1\nkind: Nothing\n',
};

const reader = withManifestReader();

describe('gitops.validate', () => {
  let dir = '';
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'berth-validate-'));
    for (const [path, text] of Object.entries(FILES)) {
      await mkdir(dirname(join(dir, path)), { recursive: true });
      await writeFile(join(dir, path), text);
    }
    await symlink('/etc', join(dir, 'outside'));
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));

  const handler = validateHandlers({
    projects: { resolve: () => Promise.reject(new Error('there are no projects')) },
    reader: { validate: (root, kubernetes) => reader().validate(root, kubernetes) },
  })['gitops.validate'];
  const context = {} as Parameters<typeof handler>[1];

  it('checks every manifest, with the custom resources that the folder itself defines, and says file and line', async () => {
    const report = await handler({ dir }, context);
    expect(report).toMatchObject({ ok: false, kubernetes: '1.36', files: 4, documents: 3 });
    expect(report.findings.map((one) => [one.code, one.where?.file, one.where?.line])).toEqual([
      ['MANIFEST_VALUE_INVALID', 'things/a.yaml', 5],
      ['MANIFEST_FIELD_UNKNOWN', 'web/service.yml', 6],
    ]);
  });

  it('finds references that lead nowhere, at their lines, and follows no link', async () => {
    const tree = await mkdtemp(join(tmpdir(), 'berth-links-'));
    const files = {
      'app/kustomization.yaml': 'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n  - web.yaml\n  - gone.yaml\n  - outside/x.yaml\nconfigMapGenerator:\n  - name: settings\n    files: [app.conf]\n',
      'app/web.yaml': 'apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers:\n    - name: web\n      image: nginx\n      envFrom:\n        - configMapRef:\n            name: setings\n',
      'app/app.conf': 'a=1\n',
      'stack/compose.yaml': 'services:\n  web:\n    image: nginx\n    env_file: .env\n    networks:\n      - front\n',
    };
    try {
      for (const [path, text] of Object.entries(files)) {
        await mkdir(dirname(join(tree, path)), { recursive: true });
        await writeFile(join(tree, path), text);
      }
      await symlink('/etc', join(tree, 'app/outside'));
      const { findings } = await handler({ dir: tree }, context);
      expect(findings.map((one) => [one.code, one.severity, one.rule, one.where?.file, one.where?.line])).toEqual([
        ['MANIFEST_REFERENCE_MISSING', 'error', 'file', 'app/kustomization.yaml', 5],
        ['MANIFEST_REFERENCE_MISSING', 'info', 'file', 'stack/compose.yaml', 4],
        ['MANIFEST_REFERENCE_MISSING', 'error', 'compose', 'stack/compose.yaml', 6],
      ]);
      // What a kustomization takes in and cannot be read may be what is missing.
      await writeFile(join(tree, 'app/kustomization.yaml'), files['app/kustomization.yaml'].replace('  - gone.yaml\n  - outside/x.yaml\n', ''));
      const [first] = (await handler({ dir: tree }, context)).findings;
      expect(first).toMatchObject({ severity: 'warning', rule: 'object', where: { file: 'app/web.yaml', line: 10 }, message: 'There is no ConfigMap "setings" here: did you mean settings?' });
    } finally {
      await rm(tree, { recursive: true, force: true });
    }
  });

  it('says which versions there are, and that a folder is needed', async () => {
    await expect(handler({ dir, kubernetes: '1.2' }, context)).rejects.toMatchObject({ code: 'input-invalid', message: expect.stringContaining('1.36') as string });
    await expect(handler({}, context)).rejects.toMatchObject({ code: 'input-invalid' });
    await expect(handler({ dir: join(dir, 'none') }, context)).rejects.toMatchObject({ code: 'file-unreadable' });
  });
});
