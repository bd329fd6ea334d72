import { useCallback, useEffect, useState, type ReactElement } from 'react';
import type { OutputOf } from '@shared/contract/contract';
import { gitopsWords } from '../../locales/en/gitops';
import { call, subscribe } from '../../lib/client';
import { duration } from '../../lib/format';
import { useAnswer } from '../../lib/use-answer';
import { StateMark, type Mark } from '../../ui/state-mark';
import { Ago } from '../../ui/time';

const words = gitopsWords.pipeline;

type Run = OutputOf<'gitops.pipeline'>['runs'][number];

const MARKS: { readonly [state in Run['stages'][number]['state']]: Mark } = { waiting: 'none', running: 'busy', done: 'good', skipped: 'off', failed: 'bad', stopped: 'off' };

/** The six stages a changed file goes through, live for the newest change. Nothing where nothing changed yet. */
export function PipelineStrip({ projectId }: { readonly projectId: string }): ReactElement | null {
  const answer = useAnswer(useCallback(() => call('gitops.pipeline', { project: projectId }), [projectId]));
  const [live, setLive] = useState<Run | null>(null);
  useEffect(
    () =>
      subscribe((events) => {
        const newest = events.findLast(({ event }) => event.type === 'pipeline.changed' && event.run.projectId === projectId)?.event;
        if (newest?.type === 'pipeline.changed') setLive(newest.run);
      }),
    [projectId],
  );
  const run = live ?? answer.value?.runs[0];
  if (run === undefined) return null;
  return (
    <section className="pipeline" aria-label={words.title} data-testid="pipeline" data-state={run.state}>
      <ol>
        {run.stages.map((stage) => (
          <li key={stage.name} data-state={stage.state} title={stage.message} data-testid={`stage-${stage.name}`}>
            <StateMark mark={MARKS[stage.state]} />
            <span className="pipeline-text">
              <span className="ellipsis">{words.stages[stage.name] ?? stage.name}</span>
              <span className="faint ellipsis">{stage.durationMs === null ? words.states[stage.state] : `${words.states[stage.state] ?? ''} · ${duration(stage.durationMs)}`}</span>
            </span>
          </li>
        ))}
      </ol>
      <p className="faint ellipsis">
        {run.files.slice(0, 3).join(', ')} <Ago at={run.startedAt} />
      </p>
    </section>
  );
}
