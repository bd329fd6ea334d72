import { closeProject, openFolder } from '../../lib/open-folder';
import { openDrawer } from '../../lib/drawer';
import type { Project } from '../../lib/model';
import { goTo, goToActivity, goToConflicts, goToSnapshots, goToStorage, goToWorkspaces, setUi, type Page, type ProjectAction } from '../../lib/store';
import { showPlan } from '../../lib/switch-flow';
import { reconnect, runChecks } from '../../lib/sync';
import type { Entry } from './command-form';

type Way = (project: Project | null) => unknown;

const withProject = (act: (project: Project) => unknown): Way => (project) => (project === null ? goTo('project') : act(project));
const action = (name: ProjectAction): Way => () => setUi({ action: name });

const otherMode = (project: Project): string => (project.modes.find((mode) => mode.name !== project.activeMode) ?? project.modes[0])?.name ?? 'default';

/**
 * Commands that have a place or a dialog of their own in the window: better than the form any command gets, and the only way for
 * those that need a picked file, a plan that was shown, or a place for what keeps coming.
 */
export const COMMAND_WAYS: { readonly [name: string]: Way } = {
  'projects.open': () => openFolder(),
  'projects.list': () => goTo('home'),
  'projects.recent': () => goTo('home'),
  'projects.close': withProject((project) => closeProject(project.id)),
  // Trust is given for what was shown: the plan asks for it.
  'projects.trust': withProject((project) => showPlan(project.id, otherMode(project))),
  'projects.clean': action('clean'),
  'scripts.install': action('scripts'),
  'modes.list': () => goTo('project'),
  'modes.plan': withProject((project) => showPlan(project.id, otherMode(project))),
  'modes.switch': withProject((project) => showPlan(project.id, otherMode(project))),
  'services.list': () => goTo('project'),
  'services.graph': () => (goTo('project'), setUi({ servicesAs: 'graph' })),
  'services.logs': () => openDrawer({ tab: 'logs' }),
  'services.save-logs': () => openDrawer({ tab: 'logs' }),
  'services.exec': () => openDrawer({ tab: 'terminal' }),
  'services.rebuild': action('rebuild'),
  'services.scale': action('scale'),
  'services.remove': action('remove'),
  'services.healthcheck': action('healthcheck'),
  'checks.run': withProject((project) => (goToConflicts('findings'), runChecks(project.id))),
  'checks.fix': () => goToConflicts('findings'),
  'checks.connectivity': () => goToConflicts('connectivity'),
  'checks.robustness': () => goToConflicts('robustness'),
  'compose.ports': () => goToConflicts('ports'),
  'compose.variables': () => goToConflicts('variables'),
  'compose.config': () => goTo('files'),
  'files.list': () => goTo('files'),
  'files.read': () => goTo('files'),
  // What is written is seen as a difference first.
  'files.save': () => goTo('files'),
  'compose.add-service': action('add-service'),
  'compose.healthcheck': action('healthcheck'),
  'compose.remap-ports': action('remap-ports'),
  'compose.rename-network': action('rename-network'),
  'compose.resubnet': action('resubnet'),
  'compose.relocate': action('relocate'),
  'changes.show': () => goToConflicts('changes'),
  'changes.test': () => goToConflicts('changes'),
  'changes.deploy': () => goToConflicts('changes'),
  'changes.rollback': action('rollback'),
  'storage.status': () => goToStorage('mounts'),
  'storage.use': () => goToStorage('server'),
  'storage.server': () => goToStorage('server'),
  'storage.conflicts': () => goToStorage('conflicts'),
  'storage.plan': () => goToStorage('decisions'),
  'storage.choose': () => goToStorage('decisions'),
  'storage.runs': () => goToStorage('sync'),
  'buckets.list': () => goToStorage('buckets'),
  'objects.list': () => goToStorage('buckets'),
  'objects.put': () => goToStorage('buckets'),
  'objects.get': () => goToStorage('buckets'),
  'workspaces.list': () => goToWorkspaces('workspaces'),
  'workspaces.watch': () => goToWorkspaces('workspaces'),
  'workspaces.logs': () => goToWorkspaces('workspaces'),
  'workspaces.excluded': () => goToWorkspaces('excluded'),
  'workspaces.conflicts': () => goToWorkspaces('conflicts'),
  'workspaces.migrate': () => goToWorkspaces('migration'),
  'workspaces.troubleshoot': () => goToWorkspaces('trouble'),
  'snapshots.list': () => goToSnapshots('snapshots'),
  'snapshots.show': () => goToSnapshots('snapshots'),
  'snapshots.plan-create': () => goToSnapshots('snapshots', 'create'),
  'snapshots.create': () => goToSnapshots('snapshots', 'create'),
  // What comes back, and what is lost by it, is shown before.
  'snapshots.plan-restore': () => goToSnapshots('snapshots', 'restore-last-good'),
  'snapshots.restore': () => goToSnapshots('snapshots', 'restore-last-good'),
  'snapshots.branch': () => goToSnapshots('snapshots'),
  'snapshots.export': () => goToSnapshots('snapshots'),
  'snapshots.import': () => goToSnapshots('snapshots'),
  'snapshots.compare': () => goToSnapshots('compare'),
  'snapshots.prune': () => goToSnapshots('space'),
  'snapshots.configure': () => goToSnapshots('settings'),
  'snapshots.consistency': () => goToSnapshots('settings'),
  'snapshots.add-repository': () => goToSnapshots('settings'),
  'operations.list': () => goToActivity('operations'),
  'events.list': () => goToActivity('events'),
  'schedules.list': () => goToActivity('schedules'),
  'schedules.set': () => goToActivity('schedules'),
  'schedules.remove': () => goToActivity('schedules'),
  'drift.list': () => goTo('project'),
  'runtime.status': () => goToActivity('runtime'),
  'runtime.metrics': () => goToActivity('runtime'),
  'alerts.list': () => goTo('home'),
  'settings.list': () => goTo('settings'),
  'settings.set': () => goTo('settings'),
  'stats.show': () => goTo('project'),
  'stats.watch': () => goTo('project'),
  'mounts.show': () => goTo('project'),
  'disk.show': () => goToActivity('disk'),
  'disk.clean': () => goToActivity('disk'),
  'engine.connect': () => reconnect(),
};

/** The pages of the nouns: where one goes for what no form can send and nothing above names. */
const PAGES_OF: { readonly [noun: string]: Page } = { projects: 'home', alerts: 'home', services: 'project', compose: 'files', storage: 'storage', buckets: 'storage', objects: 'storage', workspaces: 'workspaces', snapshots: 'snapshots', operations: 'activity', diagnostics: 'settings', doctor: 'settings', settings: 'settings' };

/** True for what keeps coming, and for what needs a file that is picked: no form can send that. */
export function needsPlace(entry: Entry): boolean {
  return entry.kind === 'stream' || entry.fields.some((field) => field.isPath && field.required);
}

/** The way to a command: its own place, the page of its noun where a form is not enough, else the form any command gets (null). */
export function wayTo(entry: Entry): Way | null {
  const own = COMMAND_WAYS[entry.name];
  if (own !== undefined || !needsPlace(entry)) return own ?? null;
  const page = PAGES_OF[entry.name.split('.')[0] ?? ''];
  return page === undefined ? null : () => goTo(page);
}

/** Does what a command is for. */
export function openCommand(entry: Entry, project: Project | null): void {
  const way = wayTo(entry);
  if (way === null) setUi({ command: entry.name });
  else void way(project);
}
