import { AppError } from '../../kernel/app-error';

/** The ten points of the robustness run, in the order they are tried. */
export const ROBUSTNESS_POINTS = [
  { id: 'delete', title: 'Delete a service' },
  { id: 'add', title: 'Add a service' },
  { id: 'restructure', title: 'Move a folder that is mounted' },
  { id: 'relocate', title: 'Move several build folders at once' },
  { id: 'dependencies', title: 'Change what a service depends on' },
  { id: 'replace', title: 'Replace a service completely' },
  { id: 'five', title: 'Add five services at once' },
  { id: 'ports', title: 'Move every port' },
  { id: 'issues', title: 'Refuse what cannot work' },
  { id: 'recover', title: 'Kill, interrupt and restore' },
] as const;

export type RobustnessPointId = (typeof ROBUSTNESS_POINTS)[number]['id'];

/** The points with these ids, in their own order; all ten when none is named. Throws `input-invalid` for an id that is none. */
export function choosePoints(only: readonly string[]): readonly (typeof ROBUSTNESS_POINTS)[number][] {
  const unknown = only.find((id) => ROBUSTNESS_POINTS.every((point) => point.id !== id));
  if (unknown !== undefined) throw new AppError('input-invalid', `There is no robustness point "${unknown.slice(0, 64)}".`, { hint: `The points are ${ROBUSTNESS_POINTS.map((point) => point.id).join(', ')}.` });
  return ROBUSTNESS_POINTS.filter((point) => only.length === 0 || only.includes(point.id));
}
