import { nextNews } from '../platform/next-news';
import type { Engine } from './types';

/** Until something happens to a container, or events were missed, or `timeoutMs` went by, or it is aborted. */
export function containerNews(engine: Pick<Engine, 'onEvent'>, id: string, timeoutMs: number, signal?: AbortSignal): Promise<void> {
  return nextNews((news) => engine.onEvent((event) => (event.type === 'gap' || event.id === id) && news()), timeoutMs, signal);
}
