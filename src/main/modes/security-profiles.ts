import type { LoadedCompose } from '@shared/domain/compose/model';
import { profileFile, securityProfiles } from '@shared/domain/modes/security-profiles';
import { AppError } from '@shared/kernel/app-error';
import { lenientText } from '@shared/kernel/utf8';
import { readProjectFile } from '@main/platform/files';

/** The content of every seccomp profile a service names, as compact JSON, by path as written. Rejects with `compose-invalid` for one that cannot be read or is no JSON. */
export async function readProfiles(compose: LoadedCompose, service: string): Promise<{ readonly [path: string]: string }> {
  const found: { [path: string]: string } = {};
  for (const { index, path } of securityProfiles(compose.model.services[service] ?? {})) {
    const where = compose.locate(['services', service, 'security_opt', String(index)]);
    const refuse = (message: string, cause: unknown): AppError => new AppError('compose-invalid', message, { where, service, hint: 'Correct it there and try again; what runs goes on as it is.', cause });
    const bytes = await readProjectFile(profileFile(compose.projectDir, path)).catch((error: unknown) => {
      throw refuse(`The seccomp profile ${path} of ${service} cannot be read.`, error);
    });
    try {
      found[path] = JSON.stringify(JSON.parse(lenientText(bytes)));
    } catch (error) {
      throw refuse(`The seccomp profile ${path} of ${service} is no JSON.`, error);
    }
  }
  return found;
}
