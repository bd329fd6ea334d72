import type { OutputOf } from '@shared/contract/contract';
import type { Handlers } from '@main/dispatch/types';
import type { Engine, EngineState } from '@main/docker/types';

/** The engine's state as every door shows it. */
export function engineView(state: EngineState): OutputOf<'engine.status'> {
  switch (state.state) {
    case 'connecting':
      return { state: 'connecting', endpoint: '', version: '', apiVersion: '', message: '' };
    case 'connected':
      return {
        state: 'connected',
        endpoint: `${state.info.endpoint.uri} (${state.info.endpoint.origin})`,
        version: state.info.version,
        apiVersion: state.info.apiVersion,
        message: '',
      };
    case 'unreachable':
      return { state: 'unreachable', endpoint: '', version: '', apiVersion: '', message: [state.message, ...state.tried.map((one) => `Tried ${one.replace(/\.+$/, '')}.`)].join(' ') };
  }
}

/** Binds the contract's engine.* names. */
export function engineHandlers(engine: Engine): Pick<Handlers, 'engine.status' | 'engine.connect'> {
  return {
    // Whoever asks before the first search ended waits for it rather than being told "connecting".
    'engine.status': async (_input, call) => engineView(call.door === 'window' || engine.state().state !== 'connecting' ? engine.state() : await engine.connect()),
    'engine.connect': async () => engineView(await engine.connect()),
  };
}
