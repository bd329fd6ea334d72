import { useCallback, useState, type ReactElement } from 'react';
import type { OutputOf } from '@shared/contract/contract';
import { say } from '../../locales/say';
import { storageWords as words } from '../../locales/en/storage';
import { call } from '../../lib/client';
import type { Project } from '../../lib/model';
import { useStore } from '../../lib/store';
import { attempt } from '../../lib/switch-flow';
import { useAnswer } from '../../lib/use-answer';
import { Button } from '../../ui/button';
import { Skeleton } from '../../ui/empty-state';
import { ErrorBox } from '../../ui/error-box';
import { StateMark } from '../../ui/state-mark';
import type { StrategyName } from './conflict-view';
import { StrategyDialog } from './strategy-dialog';

type Decision = OutputOf<'storage.plan'>['decisions'][number];

/** Asked about the set-up itself; the others are the five that are scored. */
const QUESTIONS: readonly string[] = ['bucketStrategy', 'sharedObjects', 'resourceAllocation', 'implementationOrder'];

/** Choices that the storage file can be made to follow. */
const FOLLOWED_BY: { readonly [decision: string]: { readonly [option: string]: StrategyName } } = {
  bucketStrategy: { A: 'bucket-separation', B: 'folder-separation' },
  resourceAllocation: { A: 'resource-optimization' },
};

/** The five decisions with their score, and the questions of the set-up. */
export function DecisionsPanel({ project }: { readonly project: Project }): ReactElement {
  const revision = useStore((state) => state.model.revisions[project.id] ?? 0);
  const plan = useAnswer(useCallback(() => call('storage.plan', { project: project.id }).then((answer) => ({ answer, revision })), [project.id, revision]));
  const answer = plan.value?.answer ?? null;
  const choose = (decision: string, option: string): void => void attempt(async () => plan.set({ answer: await call('storage.choose', { project: project.id, decision, option }), revision }));
  const decisions = answer?.decisions ?? [];
  const isShared = decisions.some((one) => one.id === 'bucketStrategy' && one.chosen === 'C');
  const [strategy, setStrategy] = useState<StrategyName | null>(null);
  return (
    <div className="page-content scroll storage-panel" tabIndex={0} role="region" aria-label={words.tabs.decisions} data-testid="decisions-panel">
      {plan.error !== null && <ErrorBox error={plan.error} actions={<Button size="small" onClick={plan.again}>{say.actions.retry}</Button>} />}
      {answer === null && plan.error === null && <Skeleton rows={5} height={48} label={words.decisions.loading} />}
      {answer !== null && (
        <>
          <section className="storage-section">
            <header>
              <span className="score" data-testid="decision-score">
                {answer.score}/{answer.of}
              </span>
              <div className="grow">
                <h2>{words.decisions.score(answer.score, answer.of)}</h2>
                <p className="dim">{words.decisions.scoreText}</p>
              </div>
            </header>
            <Decisions decisions={decisions.filter((one) => !QUESTIONS.includes(one.id))} onChoose={choose} />
          </section>
          <section className="storage-section">
            <h2>{words.decisions.questions}</h2>
            {/* Who shares nothing is not asked what is to happen to what is shared. */}
            <Decisions decisions={decisions.filter((one) => QUESTIONS.includes(one.id) && (isShared || one.id !== 'sharedObjects'))} onChoose={choose} onFollow={setStrategy} />
          </section>
        </>
      )}
      {strategy !== null && <StrategyDialog project={project} strategy={strategy} onClose={() => setStrategy(null)} />}
    </div>
  );
}

interface DecisionsProps {
  readonly decisions: readonly Decision[];
  readonly onChoose: (decision: string, option: string) => void;
  readonly onFollow?: (strategy: StrategyName) => void;
}

function Decisions({ decisions, onChoose, onFollow }: DecisionsProps): ReactElement {
  return (
    <div className="decisions">
      {decisions.map((decision) => (
        <fieldset key={decision.id} className="decision" data-testid={`decision-${decision.id}`}>
          <legend>{decision.title}</legend>
          <p className="storage-marked dim decision-standing" data-testid={`standing-${decision.id}`}>
            <StateMark mark={decision.standing === 'aligned' ? 'good' : 'warn'} />
            {decision.standing === 'aligned' ? words.decisions.aligned : decision.standing}
          </p>
          {decision.options.map((option) => (
            <label key={option.id} className="decision-option">
              <input type="radio" name={decision.id} value={option.id} checked={decision.chosen === option.id} onChange={() => onChoose(decision.id, option.id)} />
              <span>
                {option.title}
                {option.recommended && <span className="storage-tag">{words.decisions.recommended}</span>}
                <span className="dim decision-reason">{option.reason}</span>
              </span>
            </label>
          ))}
          <Follow decision={decision} {...(onFollow === undefined ? {} : { onFollow })} />
          {decision.id === 'implementationOrder' && <Steps steps={words.decisions.order[decision.chosen] ?? []} />}
        </fieldset>
      ))}
    </div>
  );
}

/** What is written follows a choice only when it is asked to, after a look at the lines. */
function Follow({ decision, onFollow }: { readonly decision: Decision; readonly onFollow?: (strategy: StrategyName) => void }): ReactElement | null {
  const strategy = FOLLOWED_BY[decision.id]?.[decision.chosen];
  if (strategy === undefined || onFollow === undefined) return null;
  return (
    <p className="decision-follow">
      <Button size="small" data-testid={`follow-${decision.id}`} onClick={() => onFollow(strategy)}>
        {words.decisions.follow}
      </Button>
    </p>
  );
}

function Steps({ steps }: { readonly steps: readonly string[] }): ReactElement | null {
  if (steps.length === 0) return null;
  return (
    <>
      <h3>{words.decisions.steps}</h3>
      <ol className="decision-steps" data-testid="order-steps">
        {steps.map((step) => (
          <li key={step}>{step}</li>
        ))}
      </ol>
    </>
  );
}
