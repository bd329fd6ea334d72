import type { ObservedContainer } from '@shared/domain/engine/observed';
import { flavourOf, type LocalFlavour } from '@shared/domain/storage/flavours';
import { errorData } from '@shared/kernel/app-error';
import type { S3Container } from './server-container';
import type { S3Records, ServerState } from './server-records';
import type { S3ServerStatus } from './types';

const REGION = 'us-east-1';
/** A server that has just been started is not ill for not answering. */
const STARTING_MS = 30_000;

/** What the status of the local server is made from. */
export interface LocalStatusSources {
  readonly container: S3Container;
  readonly records: S3Records;
  /** Why it could not be brought back, while that is so. */
  readonly trouble: () => string | null;
  readonly nowMs: () => number;
}

/** Looks at the local server now. Never rejects. */
export async function localStatus(sources: LocalStatusSources): Promise<S3ServerStatus> {
  const state = await sources.records.state();
  const root = await sources.records.root();
  const { health, detail } = await healthOf(sources, state);
  const isRunning = health !== 'stopped';
  return {
    endpoint: sources.container.endpointOf(state),
    consoleUrl: state.consolePort === 0 || !state.console ? null : `http://127.0.0.1:${String(state.consolePort)}`,
    origin: 'local',
    flavour: flavourOf(state.flavour) === undefined ? null : (state.flavour as LocalFlavour),
    image: state.image === '' ? null : state.image,
    region: REGION,
    health,
    detail,
    credentials: root?.kind ?? 'none',
    volume: state.slot === 0 ? null : sources.container.namesOf(state).volume,
    notices: [...(isRunning ? [...state.portNotices, ...state.imageNotices, ...consoleNotices(state)] : []), ...(root?.kind === 'default' ? [DEFAULT_NOTICE] : [])],
  };
}

const DEFAULT_NOTICE = 'The S3 server has the keys everybody knows (minioadmin). It is open to this computer only; make new ones: berth storage rotate-credentials';

function consoleNotices(state: ServerState): readonly string[] {
  const notice = flavourOf(state.flavour)?.consoleNotice ?? '';
  return state.console && notice !== '' ? [notice] : [];
}

async function healthOf(sources: LocalStatusSources, state: ServerState): Promise<Pick<S3ServerStatus, 'health' | 'detail'>> {
  if (state.slot === 0) return { health: 'stopped', detail: 'It was not started yet.' };
  try {
    const { container } = await sources.container.look();
    if (container?.state !== 'running') return notRunning(sources, state, container);
    const answer = await sources.container.healthOf(state);
    if (answer === 'well') return { health: 'healthy', detail: `It answers at ${sources.container.endpointOf(state) ?? ''}.` };
    const isNew = sources.nowMs() - Date.parse(container.startedAt) < STARTING_MS;
    return isNew ? { health: 'starting', detail: 'It is starting.' } : { health: 'unhealthy', detail: `It runs and does not answer ${answer === 'badly' ? 'well' : ''}`.trim() + ` at ${sources.container.endpointOf(state) ?? ''}.` };
  } catch (error) {
    return { health: 'unreachable', detail: errorData(error).message };
  }
}

function notRunning(sources: LocalStatusSources, state: ServerState, container: ObservedContainer | null): Pick<S3ServerStatus, 'health' | 'detail'> {
  if (!state.wanted) return { health: 'stopped', detail: 'It is stopped; its data stays.' };
  const why = container === null ? 'Its container is gone' : `It ended with code ${String(container.exitCode)}`;
  return { health: 'unhealthy', detail: `${why}. ${sources.trouble() ?? 'A Berth that keeps watch starts it again; berth storage start does so now.'}` };
}
