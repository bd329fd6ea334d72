import { createHash } from 'node:crypto';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { AppError } from '@shared/kernel/app-error';
import { environmentOf } from '@shared/domain/compose/environment';
import { loadCompose, type LoadRequest } from '@shared/domain/compose/load-compose';
import type { LoadedCompose } from '@shared/domain/compose/model';
import { parseYaml } from '@shared/domain/compose/parse-yaml';
import { composeInvalid } from '@shared/domain/compose/refusals';

/** Loads compose files that exist only in memory, below /shop. */
export function loadVirtual(files: { readonly [name: string]: string }, more: Partial<LoadRequest> & { readonly names?: readonly string[]; readonly onRead?: (file: string) => void } = {}): Promise<LoadedCompose> {
  const texts = new Map(Object.entries(files).map(([name, text]) => [join('/shop', name), text]));
  return loadCompose(
    { files: (more.names ?? [Object.keys(files)[0] ?? 'compose.yaml']).map((name) => join('/shop', name)), envFiles: [], profiles: [], environment: environmentOf({}), ...more },
    {
      parse: (file) => {
        more.onRead?.(file);
        const text = texts.get(file);
        if (text === undefined) return Promise.reject(new AppError('compose-not-found', `There is no file ${file}.`));
        const result = parseYaml(text);
        return result.ok ? Promise.resolve(result.documents) : Promise.reject(composeInvalid(result.message, { file, line: result.line }));
      },
      readText: (file) => {
        more.onRead?.(file);
        return Promise.resolve(texts.get(file));
      },
      paths: { home: '/home/me', isAbsolute, join, dirname, basename },
    },
    (text) => createHash('sha256').update(text).digest('hex'),
  );
}

/** The same for one file given as text. */
export function loadText(text: string, more: Parameters<typeof loadVirtual>[1] = {}): Promise<LoadedCompose> {
  return loadVirtual({ 'compose.yaml': text }, more);
}
