import { BERTH_LABEL } from '@shared/domain/modes/naming';
import { AppError } from '@shared/kernel/app-error';
import type { JsonObject } from '@shared/kernel/json';
import type { Engine } from '@main/docker/types';
import type { SwitchRecord } from './switch-record';

/** What a switch made and its way back could not take away, by name. */
interface LeftBehind {
  readonly containers: readonly string[];
  readonly networks: readonly string[];
  readonly volumes: readonly string[];
}

/** The failure of a way back with what it leaves and the way out of it. An engine that is away is passed on: then the way back is tried again. */
export async function withWayOut(engine: Engine, transaction: string, record: SwitchRecord, thrown: unknown): Promise<unknown> {
  if (!(thrown instanceof AppError) || thrown.code === 'engine-unreachable' || thrown.code === 'engine-lost') return thrown;
  const left = await leftBehind(engine, transaction, record).catch(() => null);
  const names = left === null ? [] : [...left.containers.map((name) => `container ${name}`), ...left.networks.map((name) => `network ${name}`), ...left.volumes.map((name) => `volume ${name}`)];
  const ended = /[.!?…]$/.test(thrown.message) ? thrown.message : `${thrown.message}.`;
  const next = `${thrown.hint === undefined ? 'Look what is in the way.' : thrown.hint} Then switch to the mode you want, for example: berth modes switch ${record.from ?? record.to}. A switch starts from what is there and takes away what this one left.`;
  return new AppError('needs-attention', names.length === 0 ? ended : `${ended} Left behind: ${names.join(', ')}.`, {
    hint: next,
    where: thrown.where,
    service: thrown.service,
    details: { ...thrown.details, ...(left === null ? {} : { left: left as unknown as JsonObject }) },
    cause: thrown,
  });
}

/** Everything that carries the label of this switch. */
async function leftBehind(engine: Engine, transaction: string, record: SwitchRecord): Promise<LeftBehind> {
  const [observed, networks, volumes] = await Promise.all([engine.observe(record.project, []), engine.listNetworks(), engine.listVolumes()]);
  const own = (one: { readonly name: string; readonly labels: { readonly [key: string]: string } }): readonly string[] => (one.labels[BERTH_LABEL.transaction] === transaction ? [one.name] : []);
  return { containers: observed.containers.flatMap(own).sort(), networks: networks.flatMap(own).sort(), volumes: volumes.flatMap(own).sort() };
}
