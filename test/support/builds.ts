import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { AppError } from '@shared/kernel/app-error';
import type { BuildRequest } from '@main/docker/types';

/** What a build is made for. */
interface BuildingProject {
  readonly name: string;
  readonly dir: string;
  readonly labels: { readonly [key: string]: string };
}

/** Writes the files of a build context below the project's folder; its path. */
export async function buildContext(project: BuildingProject, name: string, files: { readonly [path: string]: string }): Promise<string> {
  const dir = join(project.dir, name);
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(dir, path)), { recursive: true });
    await writeFile(join(dir, path), text);
  }
  return dir;
}

/** A build of the service `web` from a context, as a switch asks for it. */
export function buildRequest(project: BuildingProject, contextDir: string, more: Partial<BuildRequest> = {}): BuildRequest {
  const labels = { ...project.labels, 'com.docker.compose.service': 'web' };
  return { contextDir, dockerfile: 'Dockerfile', args: {}, labels, tags: [`${project.name}-web:berth-dev`], noCache: false, pull: false, cacheFrom: [], extraHosts: [], ...more };
}

/** The AppError that the work ends with; anything else fails the test. */
export async function failureOf(work: Promise<unknown>): Promise<AppError> {
  const error: unknown = await work.then(() => new Error('it did not fail'), (reason: unknown) => reason);
  if (error instanceof AppError) return error;
  throw error;
}
