import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { readSchemas, type CustomKind, type KubernetesSchemas, type SchemaFile } from '@shared/domain/gitops/schema/schema-data';

const file = JSON.parse(gunzipSync(readFileSync('resources/kubernetes/schemas.json.gz')).toString('utf8')) as SchemaFile;

/** The schemas that the app carries, with kinds of a tree's own. */
export function kubernetesSchemas(custom: readonly CustomKind[] = []): KubernetesSchemas {
  return readSchemas(file, custom);
}
