import { berthCommand, composeCommand, type ServiceVerb } from '@shared/domain/services/same-command';
import { canStop } from '@shared/domain/projects/start-choice';
import { AppError } from '@shared/kernel/app-error';
import { start } from '../../lib/client';
import { openDrawer } from '../../lib/drawer';
import type { Project, Service } from '../../lib/model';
import { setUi } from '../../lib/store';
import { attempt } from '../../lib/switch-flow';
import { servicesWords } from '../../locales/en/services';
import { copyText } from '../../ui/copy-command';

/** Starts, stops or restarts services; what becomes of it comes as events. */
export function changeServices(verb: 'start' | 'stop' | 'restart', project: Project, services: readonly string[]): void {
  void attempt(() => start(`services.${verb}`, { project: project.id, services: [...services] }));
}

/** Creates what a service is missing and starts it with what it needs, or fetches its image; what becomes of it comes as events. */
export function bringServices(verb: 'up' | 'pull', project: Project, services: readonly string[]): void {
  void attempt(() => start(`services.${verb}`, { project: project.id, services: [...services] }));
}

/** Asks how to rebuild it first. */
export function askRebuild(service: string): void {
  setUi({ service, action: 'rebuild' });
}

/** Shows what removing or scaling it does first. */
export function askVerb(verb: 'remove' | 'scale', service: string): void {
  setUi({ service, action: verb });
}

export function openShellOf(service: string): void {
  openDrawer({ tab: 'terminal', service });
}

/** The ports a browser can open, each once. */
export function browserPorts(service: Service): readonly number[] {
  return [...new Set(service.ports.filter((port) => port.protocol === 'tcp' && port.hostPort > 0).map((port) => port.hostPort))].sort((a, b) => a - b);
}

/** The app decides what leaves it: the page only asks for the address. */
export function openInBrowser(service: Service, port = browserPorts(service)[0]): void {
  if (port === undefined) setUi({ notice: new AppError('not-found', servicesWords.noPort(service.name)) });
  else window.open(`http://localhost:${String(port)}/`, '_blank', 'noreferrer');
}

/** The same in a terminal. Copies the line. */
export function copyCommandOf(kind: 'berth' | 'compose', verb: ServiceVerb, project: Project, service: Service): boolean {
  const mode = project.modes.find((one) => one.name === service.mode) ?? project.modes[0] ?? null;
  const of = { project, mode, services: [service.name] };
  return copyText(kind === 'berth' ? berthCommand(verb, of) : composeCommand(verb, of));
}

/** What a key on the row of a service does; false where it means nothing. */
export function serviceKey(key: string, project: Project, service: Service, busy: boolean): boolean {
  const up = canStop([service]);
  const exists = service.containerIds.length > 0;
  switch (key.toLowerCase()) {
    case 'r':
      return whenFree(exists && up, busy, () => changeServices('restart', project, [service.name]));
    case 's':
      return whenFree(exists, busy, () => changeServices(up ? 'stop' : 'start', project, [service.name]));
    case 'b':
      return whenFree(true, busy, () => askRebuild(service.name));
    case 't':
      return whenFree(up, false, () => openShellOf(service.name));
    case 'o':
      return whenFree(up, false, () => openInBrowser(service));
    case 'c':
      return whenFree(true, false, () => copyCommandOf('berth', up ? 'restart' : 'start', project, service));
    default:
      return false;
  }
}

function whenFree(possible: boolean, busy: boolean, act: () => unknown): boolean {
  if (possible && !busy) act();
  return true;
}
