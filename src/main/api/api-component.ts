import type { ComponentState, RuntimeComponent } from '@main/runtime/types';
import type { ActiveCalls } from './active-calls';
import type { EventFeed } from './event-feed';

/** The API as one of the four components of the process. */
export interface ApiComponent {
  readonly runtime: RuntimeComponent;
  readonly onAnswered: (what: 'called' | 'failed' | 'refused') => void;
  begin(startedAt: string): void;
  end(): void;
}

export function createApiComponent(parts: { readonly calls: ActiveCalls; readonly feed: EventFeed; readonly url: () => string | null }): ApiComponent {
  const counters = { called: 0, failed: 0, refused: 0 };
  let state: ComponentState = 'starting';
  let lastTickAt: string | null = null;

  function detail(): string {
    if (state === 'paused') return 'Answers nothing but questions about the process until it is resumed.';
    if (state === 'stopped') return 'Has been closed.';
    const url = parts.url();
    return url === null ? 'Listens on its socket.' : `Listens on its socket and on ${url}.`;
  }

  return {
    runtime: {
      name: 'api-server',
      state: () => state,
      lastTickAt: () => lastTickAt,
      counters: () => ({ calls: counters.called + counters.failed, failed: counters.failed, refused: counters.refused, active: parts.calls.size, listeners: parts.feed.size }),
      detail,
      pause() {
        if (state === 'running') state = 'paused';
      },
      resume() {
        if (state === 'paused') state = 'running';
      },
    },
    onAnswered(what) {
      counters[what] += 1;
      lastTickAt = new Date().toISOString();
    },
    begin(startedAt) {
      state = 'running';
      lastTickAt = startedAt;
    },
    end() {
      state = 'stopped';
    },
  };
}
