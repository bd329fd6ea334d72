import { lazy, Suspense, useCallback, useState, type ReactElement } from 'react';
import { History } from 'lucide-react';
import type { JsonObject } from '@shared/kernel/json';
import { gitopsWords } from '../../locales/en/gitops';
import { say } from '../../locales/say';
import { call, callExact } from '../../lib/client';
import { runOperation } from '../../lib/run-operation';
import type { Project } from '../../lib/model';
import { useAct } from '../../lib/use-act';
import { useAnswer } from '../../lib/use-answer';
import { useSettled } from '../../lib/use-settled';
import { Button } from '../../ui/button';
import { Skeleton } from '../../ui/empty-state';
import { ErrorBox } from '../../ui/error-box';
import { Ago } from '../../ui/time';
import type { Template } from './templates-panel';

const CodeView = lazy(async () => ({ default: (await import('../../ui/code/code-view')).CodeView }));

const words = gitopsWords.templates;
const VIEWS = ['output', 'source', 'context', 'versions'] as const;
type View = (typeof VIEWS)[number];

/** One template: what it makes, its text, the values it is made with, its versions. */
export function TemplateDetail({ project, template, busy }: { readonly project: Project; readonly template: Template; readonly busy: boolean }): ReactElement {
  const isTemplate = template.role === 'template';
  const [view, setView] = useState<View>(isTemplate ? 'output' : 'source');
  const [typed, setTyped] = useState('');
  const settled = useSettled(typed);
  const own = contextOf(settled);
  const preview = useAnswer(useCallback(() => callExact('gitops.preview', { project: project.id, template: template.path, ...(own === null || own === 'wrong' ? {} : { context: JSON.parse(settled) as JsonObject }) }), [project.id, template.path, own, settled]));
  const problem = preview.value?.problems[0] ?? null;
  const views = VIEWS.filter((one) => isTemplate || one === 'source' || one === 'versions');
  return (
    <section className="gitops-detail" aria-label={template.path} data-testid="template-detail">
      <div className="compare-bar">
        <div className="segments" role="group" aria-label={words.views}>
          {views.map((one) => (
            <button key={one} type="button" aria-pressed={view === one} data-testid={`template-view-${one}`} onClick={() => setView(one)}>
              {words.view[one]}
            </button>
          ))}
        </div>
        <span className="dim grow ellipsis">{template.output === null ? words.roles[template.role] : words.makes(template.output)}</span>
      </div>
      {preview.error !== null && <div className="gitops-error"><ErrorBox error={preview.error} actions={<Button size="small" onClick={preview.again}>{say.actions.retry}</Button>} /></div>}
      {view !== 'versions' && problem !== null && isTemplate && (
        <div className="gitops-error" data-testid="template-problem">
          <ErrorBox error={{ message: problem.message, where: { file: problem.file, line: problem.line ?? 1 } }} />
        </div>
      )}
      {view === 'versions' ? (
        <Versions project={project} template={template} busy={busy} />
      ) : view === 'context' ? (
        <div className="template-context">
          <label className="dim" htmlFor="template-context">{words.contextLead}</label>
          <textarea id="template-context" className="text-field mono" spellCheck={false} value={typed} placeholder={'{ "replicas": 3 }'} aria-invalid={contextOf(typed) === 'wrong'} data-testid="template-context" onChange={(event) => setTyped(event.target.value)} />
          {contextOf(typed) === 'wrong' && <p className="dim" role="alert">{words.contextWrong}</p>}
          <Suspense fallback={null}>{preview.value !== null && <CodeView label={words.contextNow} text={JSON.stringify(preview.value.context, null, 2)} kind="yaml" />}</Suspense>
        </div>
      ) : preview.value === null ? (
        preview.error === null && <Skeleton rows={8} label={words.loading} />
      ) : (
        <Suspense fallback={<Skeleton rows={8} label={words.loading} />}>
          {view === 'source' ? <CodeView label={words.sourceOf(template.path)} text={preview.value.source ?? ''} line={problem?.line ?? null} /> : preview.value.text !== null && <CodeView label={words.outputOf(template.path)} text={preview.value.text} testId="template-output" />}
        </Suspense>
      )}
    </section>
  );
}

/** The object that was typed: null for nothing, `wrong` for what is none. */
function contextOf(text: string): string | 'wrong' | null {
  if (text.trim() === '') return null;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? text : 'wrong';
  } catch {
    return 'wrong';
  }
}

function Versions({ project, template, busy }: { readonly project: Project; readonly template: Template; readonly busy: boolean }): ReactElement {
  const answer = useAnswer(useCallback(() => call('gitops.template-versions', { project: project.id, template: template.path }), [project.id, template.path]));
  const { working, failure, run } = useAct();
  const versions = answer.value ?? [];
  return (
    <div className="gitops-members scroll" tabIndex={0} role="region" aria-label={words.view.versions}>
      {failure !== null && <ErrorBox error={failure} />}
      {answer.error !== null && <ErrorBox error={answer.error} actions={<Button size="small" onClick={answer.again}>{say.actions.retry}</Button>} />}
      {answer.value === null && answer.error === null && <Skeleton rows={3} label={words.loading} />}
      {answer.value !== null && versions.length === 0 && <p className="dim template-context">{words.noVersions}</p>}
      <ul className="rules-versions" data-testid="template-versions">
        {[...versions].reverse().map((one) => (
          <li key={`${String(one.version)} ${one.at}`}>
            <span className="grow ellipsis">
              {words.version(one.version)} <span className="faint">{[one.author, one.note].filter((part) => part !== '').join(' · ')}</span>
            </span>
            <span className="faint"><Ago at={one.at} /></span>
            {one.version === template.version ? (
              <span className="faint">{gitopsWords.rules.current}</span>
            ) : (
              <Button size="small" icon={<History size={13} />} disabled={busy || working} data-testid={`template-back-${String(one.version)}`} onClick={() => run(() => runOperation('gitops.rollback-template', { project: project.id, template: template.path, version: one.version }), answer.again)}>
                {gitopsWords.rules.back}
              </Button>
            )}
          </li>
        ))}
      </ul>
    </div>
  );
}
