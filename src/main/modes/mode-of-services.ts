import { isOfFolder, modeOfContainer } from '@shared/domain/modes/active-mode';
import type { Project } from '@shared/domain/projects/project';
import { AppError } from '@shared/kernel/app-error';
import type { ModesService } from './service';
import type { ModesDependencies } from './types';

/** The mode that services are worked on in: the one that was named; else the one that runs, the one whose containers are there, or the first. `done`: what is to be done to them, as "rebuilt". */
export async function modeOfServices(deps: Pick<ModesDependencies, 'engine'>, service: ModesService, project: Project, asked: { readonly wanted: string | null; readonly named: readonly string[]; readonly done: string }): Promise<string> {
  const { wanted, named, done } = asked;
  const active = await service.activeMode(project);
  if (wanted !== null) {
    if (named.length > 0 && active !== null && active !== wanted) throw new AppError('input-invalid', `${wanted} does not run, so single services of it cannot be ${done}.`, { hint: `Name services of ${active}, or no service for all of ${wanted}.` });
    return wanted;
  }
  if (active === 'mixed') throw new AppError('input-invalid', `Services of more than one mode of ${project.name} run.`, { hint: `Say of which one they are to be ${done}: \`--mode\`.` });
  if (active !== null) return active;
  const { containers } = await deps.engine.observe(project.name, []);
  const own = containers.filter((one) => !one.oneOff && isOfFolder(project.dir, one)).sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1));
  const made = own.map((one) => modeOfContainer(project.modes, project.dir, one)).find((one) => one !== null);
  return made ?? project.modes[0]?.name ?? 'default';
}
