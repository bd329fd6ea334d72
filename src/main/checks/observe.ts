import { homedir } from 'node:os';
import type { EngineHost } from '@shared/domain/checks/facts';
import type { ObservedProject } from '@shared/domain/engine/observed';
import { canonicalImage } from '@shared/domain/modes/naming';
import { AppError } from '@shared/kernel/app-error';
import type { Engine } from '@main/docker/types';
import type { LoadedMode } from '@main/projects/types';

/** Asks the engine about a mode's project and its images; null when the engine does not answer in time. */
export async function observeMode(engine: Engine, loaded: LoadedMode): Promise<ObservedProject | null> {
  const { model } = loaded.compose;
  const references = [...new Set(Object.entries(model.services).map(([name, service]) => canonicalImage(model.name, name, service)))];
  try {
    return await engine.observe(model.name, references);
  } catch (error) {
    if (error instanceof AppError && /^engine-/.test(error.code)) return null;
    throw error;
  }
}

/** True when ports and folders of the engine are this machine's: a socket or pipe, or an address of this machine. */
export function engineIsLocal(engine: Engine): boolean {
  const state = engine.state();
  if (state.state !== 'connected') return true;
  const { uri } = state.info.endpoint;
  return /^(unix|npipe):/.test(uri) || /^(tcp|https?):\/\/(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:|\/|$)/.test(uri);
}

/** The API version the engine speaks; null while none is connected. */
export function engineApiVersion(engine: Engine): string | null {
  const state = engine.state();
  return state.state === 'connected' ? state.info.apiVersion : null;
}

/** On what machine the engine runs; undefined while none is connected. */
export function engineHost(engine: Engine): EngineHost | undefined {
  const state = engine.state();
  return state.state === 'connected' ? { platform: process.platform, name: state.info.name, homeDir: homedir() } : undefined;
}

/** From which ranges the engine takes those of networks that ask for none; undefined while none is connected, and where it was told nothing. */
export function engineAddressPools(engine: Engine): readonly string[] | undefined {
  const state = engine.state();
  return state.state === 'connected' ? state.info.addressPools : undefined;
}

/** CPUs and memory of the engine's machine; undefined while none is connected. */
export function engineCapacity(engine: Engine): { readonly cpus?: number | undefined; readonly memoryBytes?: number | undefined } | undefined {
  const state = engine.state();
  return state.state === 'connected' ? { cpus: state.info.cpus, memoryBytes: state.info.memoryBytes } : undefined;
}
