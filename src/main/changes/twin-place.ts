import type { LoadedCompose } from '@shared/domain/compose/model';
import type { ObservedProject } from '@shared/domain/engine/observed';
import { COMPOSE_LABELS } from '@shared/domain/engine/read-container';
import { freeSuffix, portsOfTwin } from '@shared/domain/projects/twin';
import { AppError } from '@shared/kernel/app-error';
import type { PortsDoor } from '@main/platform/ports';
import type { TwinRequest } from './types';

const SUFFIXES: { readonly [P in TwinRequest['purpose']]: string } = { test: '-test', robustness: '-robust' };
/** Tried one after the other until every port of the twin is free. */
const OFFSETS: readonly number[] = [10_000, 20_000, 15_000, 25_000, 12_500, 17_500, 22_500, 27_500, 11_000, 13_000, 14_000, 16_000];
/** Where the files themselves are changed, every port moves by the same number: for high ports a smaller one, or down. */
const OFFSETS_IN_FILES: readonly number[] = [...OFFSETS, 5_000, 2_000, 1_000, 500, 100, -10_000, -20_000, -15_000, -30_000];
const PORTS = { first: 1_024, last: 65_535 };

/** Name and ports of a twin, taken by nobody on this computer. */
export async function freePlace(ports: PortsDoor, observed: ObservedProject, name: string, loaded: readonly LoadedCompose[], purpose: TwinRequest['purpose'] | 'files'): Promise<{ readonly suffix: string; readonly portOffset: number }> {
  const containers = [...observed.containers, ...observed.foreign];
  const names = [...containers, ...observed.networks, ...observed.volumes].flatMap((one) => one.labels[COMPOSE_LABELS.project] ?? []);
  const bound = new Set(containers.flatMap((one) => [...one.ports, ...one.requestedPorts].map((port) => port.hostPort)));
  const inFiles = purpose === 'files';
  const present = portsOfTwin(loaded, 0) ?? [];
  for (const portOffset of inFiles ? OFFSETS_IN_FILES : OFFSETS) {
    if (inFiles && present.some((port) => port + portOffset > PORTS.last || port + portOffset < PORTS.first)) continue;
    const wanted = portsOfTwin(loaded, portOffset);
    if (wanted === null || wanted.some((port) => bound.has(port))) continue;
    const questions = wanted.flatMap((port) => (['tcp', 'udp'] as const).map((protocol) => ({ protocol, address: '', port })));
    if ((await ports.listeners(questions)).length === 0) return { suffix: freeSuffix(name, SUFFIXES[purpose === 'files' ? 'test' : purpose], new Set(names)), portOffset };
  }
  throw new AppError('port-taken', `There is no free range of ports for a copy of ${name}.`, { hint: 'Stop other projects or programs that listen on many ports, then try again.' });
}
