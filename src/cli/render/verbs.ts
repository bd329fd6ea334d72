import type { OutputOf } from '@shared/contract/contract';
import { printable, table, type Terminal } from '../terminal';
import { warningsText } from './recovery';

type Input = { readonly [field: string]: unknown };
type VerbResult = OutputOf<'services.up'>;
type ShowPlan = (plan: OutputOf<'modes.plan'>, terminal: Terminal) => string;

/** How the answers about bringing up, removing, scaling and pulling are shown. */
export function verbsRenderers(showPlan: ShowPlan) {
  const shown = (done: string, nothing: string) => (value: VerbResult, terminal: Terminal): string => {
    const notes = value.notes.map((note) => `${printable(note)}\n`).join('');
    if (value.plan !== null) return `${showPlan(value.plan, terminal)}${goingText(value)}${notes}`;
    return `${value.services.length === 0 ? nothing : `${done} ${printable(value.services.join(', '))}.`}\n${warningsText(value.warnings, terminal)}`;
  };
  return {
    'services.up': shown('Brought up', 'Everything is as the files say already.'),
    'services.remove': shown('Removed the containers of', 'There was nothing to remove.'),
    'services.scale': (value: VerbResult, terminal: Terminal, input: Input): string =>
      shown(`Scaled to ${String(input['count'])}:`, `There are ${String(input['count'])} already.`)(value, terminal),
    'services.pull': (value: OutputOf<'services.pull'>): string =>
      `Pulled the images of ${printable(value.services.join(', '))}.\n${table(['SERVICE', 'IMAGE'], Object.entries(value.images).map(([service, image]) => [service, image.replace(/^sha256:/, '').slice(0, 12)]))}${value.newer.length === 0 ? '' : `${printable(value.newer.join(', '))} still ${value.newer.length === 1 ? 'runs' : 'run'} from the image before: berth services up\n`}`,
    'services.watch': ({ services, synced, removed, commands, restarted, rebuilt }: OutputOf<'services.watch'>): string =>
      `Watched ${printable(services.join(', '))}: ${String(synced)} copied, ${String(removed)} removed, ${String(commands)} commands, ${String(restarted)} restarts, ${String(rebuilt)} rebuilds.\n`,
  } as const;
}

function goingText({ volumes }: VerbResult): string {
  return volumes.map(({ service, target }) => `  - volume without a name: ${printable(target)} of ${printable(service)}\n`).join('');
}
