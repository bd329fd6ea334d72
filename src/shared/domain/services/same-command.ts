import type { ModeDefinition } from '../projects/project';

/** What can be done to a service in the window, and in a terminal with one line. */
export type ServiceVerb = 'start' | 'stop' | 'restart' | 'rebuild' | 'logs' | 'shell';

interface CommandOf {
  readonly project: { readonly name: string; readonly dir: string };
  /** The mode whose files its containers come from; null when unknown. */
  readonly mode: Pick<ModeDefinition, 'files' | 'envFiles' | 'profiles'> | null;
  readonly services: readonly string[];
}

const BERTH: { readonly [V in ServiceVerb]: (services: string, project: string) => string } = {
  start: (services, project) => `berth services start ${services}${project}`,
  stop: (services, project) => `berth services stop ${services}${project}`,
  restart: (services, project) => `berth services restart ${services}${project}`,
  rebuild: (services, project) => `berth services rebuild ${services}${project}`,
  logs: (services, project) => `berth services logs ${services} --follow${project}`,
  shell: (services, project) => `berth services exec ${services}${project} -- sh`,
};

const COMPOSE: { readonly [V in ServiceVerb]: (services: string) => string } = {
  start: (services) => `start ${services}`,
  stop: (services) => `stop ${services}`,
  restart: (services) => `restart ${services}`,
  rebuild: (services) => `up -d --build --force-recreate --no-deps ${services}`,
  logs: (services) => `logs --follow ${services}`,
  shell: (services) => `exec ${services} sh`,
};

/** The line of `berth` that does the same from anywhere. */
export function berthCommand(verb: ServiceVerb, { project, services }: Pick<CommandOf, 'project' | 'services'>): string {
  return BERTH[verb](services.map(quoted).join(' '), ` --project ${quoted(project.dir)}`);
}

/** The line of `docker compose` that comes nearest: it knows nothing of modes, so it is told the files of this one. */
export function composeCommand(verb: ServiceVerb, { project, mode, services }: CommandOf): string {
  const words = [
    'docker compose',
    `--project-directory ${quoted(project.dir)}`,
    `-p ${quoted(project.name)}`,
    ...(mode?.files ?? []).map((file) => `-f ${quoted(beneath(project.dir, file))}`),
    ...(mode?.envFiles ?? []).map((file) => `--env-file ${quoted(beneath(project.dir, file))}`),
    ...(mode?.profiles ?? []).map((profile) => `--profile ${quoted(profile)}`),
  ];
  return `${words.join(' ')} ${COMPOSE[verb](services.map(quoted).join(' '))}`;
}

function beneath(dir: string, file: string): string {
  return file.startsWith('/') || /^[A-Za-z]:[\\/]/.test(file) ? file : `${dir.replace(/[\\/]$/, '')}/${file}`;
}

/** A word as a shell takes it unchanged, whatever is in it. */
function quoted(word: string): string {
  return /^[A-Za-z0-9_./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
