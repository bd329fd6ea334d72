import type { JsonObject } from '../../kernel/json';
import type { ComposeService } from '../compose/model';

/** What a `security_opt` says of seccomp where it names a file: docker compose reads it and hands the engine what is in it. */
const SECCOMP = /^seccomp[=:](?!unconfined$|builtin$)(.+)$/s;

/** The seccomp profiles a service names, as its file writes their paths, with their place in `security_opt`. */
export function securityProfiles(definition: Pick<ComposeService, 'security_opt'>): readonly { readonly index: number; readonly path: string }[] {
  return (definition.security_opt ?? []).flatMap((option, index) => {
    const path = SECCOMP.exec(option)?.[1];
    return path === undefined ? [] : [{ index, path }];
  });
}

/** Where a profile is, which a file names by a path of its own: relative to the project folder. */
export function profileFile(projectDir: string, path: string): string {
  if (path.startsWith('/')) return path;
  const parts = projectDir.split('/');
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return parts.join('/');
}

/** A create payload whose profiles are given as the JSON that is in their files. @param contents by path as written */
export function withProfiles(payload: JsonObject, contents: { readonly [path: string]: string }): JsonObject {
  const host = payload['HostConfig'] as JsonObject | undefined;
  const given = host?.['SecurityOpt'];
  if (!Array.isArray(given)) return payload;
  const options = given.map((option) => {
    const content = typeof option === 'string' ? contents[SECCOMP.exec(option)?.[1] ?? ''] : undefined;
    return content === undefined ? option : `seccomp=${content}`;
  });
  return { ...payload, HostConfig: { ...host, SecurityOpt: options } };
}
