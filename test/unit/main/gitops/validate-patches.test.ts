import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { withManifestReader } from './manifest-reader';

const reader = withManifestReader();
let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'bt-patches-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const DEPLOYMENT = 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n  template:\n    metadata: {labels: {app: web}}\n    spec: {containers: [{name: web, image: nginx}]}\n';
const REPLICAS = 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  replicas: 3\n';

async function findings(kustomization: string): Promise<readonly string[]> {
  const files = { 'base/kustomization.yaml': 'resources: [web.yaml]\n', 'base/web.yaml': DEPLOYMENT, 'overlays/live/kustomization.yaml': kustomization, 'overlays/live/replicas.yaml': REPLICAS };
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(dir, path)), { recursive: true });
    await writeFile(join(dir, path), text);
  }
  return (await reader().validate(dir, null)).findings.map(({ where, message }) => `${where?.file ?? ''}: ${message}`);
}

it.each(['patches: [{path: replicas.yaml}]', 'patchesStrategicMerge: [replicas.yaml]'])('takes a file of %s for a part of the object it changes', async (patches) => {
  expect(await findings(`resources: [../../base]\n${patches}\n`)).toEqual([]);
});

it('takes the same file for an object where it is one', async () => {
  expect(await findings('resources: [../../base, replicas.yaml]\n')).toEqual(['overlays/live/replicas.yaml: spec.selector is missing.', 'overlays/live/replicas.yaml: spec.template is missing.']);
});
