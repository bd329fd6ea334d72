import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { SchemaFile } from '@shared/domain/gitops/schema/schema-data';
import { resourcesFolder } from '../entries';

let loaded: Promise<SchemaFile> | null = null;

/** Kubernetes' own kinds as the app carries them; read once a process. */
export function kubernetesSchemaFile(): Promise<SchemaFile> {
  loaded ??= readFile(join(resourcesFolder(), 'kubernetes', 'schemas.json.gz'))
    .then((bytes) => promisify(gunzip)(bytes))
    .then((text) => JSON.parse(text.toString('utf8')) as SchemaFile);
  loaded.catch(() => {
    loaded = null;
  });
  return loaded;
}
