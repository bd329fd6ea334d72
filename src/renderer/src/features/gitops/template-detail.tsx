import { lazy, Suspense, useCallback, useEffect, useState, type ReactElement } from 'react';
import type { JsonObject } from '@shared/kernel/json';
import { gitopsWords } from '../../locales/en/gitops';
import { say } from '../../locales/say';
import { callExact } from '../../lib/client';
import type { Project } from '../../lib/model';
import { useAnswer } from '../../lib/use-answer';
import { useSettled } from '../../lib/use-settled';
import { Button } from '../../ui/button';
import { Skeleton } from '../../ui/empty-state';
import { ErrorBox } from '../../ui/error-box';
import { setTemplateDraft, useTemplateDraft } from './template-drafts';
import { TemplateVersions } from './template-versions';
import type { Template } from './templates-panel';

const TemplateEditor = lazy(async () => ({ default: (await import('./template-editor')).TemplateEditor }));
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
  const draft = useTemplateDraft(project.id, template.path);
  const text = useSettled(draft?.text ?? '');
  const isDraft = draft !== null && text !== '';
  const preview = useAnswer(
    useCallback(
      async () => ({ of: template.sha256, ...(await callExact('gitops.preview', { project: project.id, template: template.path, ...(isDraft ? { text } : {}), ...(own === null || own === 'wrong' ? {} : { context: JSON.parse(settled) as JsonObject }) })) }),
      [project.id, template.path, template.sha256, own, settled, isDraft, text],
    ),
  );
  const onDisk = useAnswer(useCallback(async () => ({ of: template.sha256, source: (await callExact('gitops.preview', { project: project.id, template: template.path })).source ?? '' }), [project.id, template.path, template.sha256]));
  const source = onDisk.value?.of === template.sha256 ? onDisk.value.source : null;
  // Saved here or written elsewhere: what was typed stands on the disk.
  useEffect(() => {
    if (source !== null && draft?.text === source) setTemplateDraft(project.id, template.path, null);
  }, [project.id, template.path, source, draft]);
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
        <span className="dim grow ellipsis template-makes">{template.output === null ? words.roles[template.role] : words.makes(template.output)}</span>
      </div>
      {preview.error !== null && <div className="gitops-error"><ErrorBox error={preview.error} actions={<Button size="small" onClick={preview.again}>{say.actions.retry}</Button>} /></div>}
      {view !== 'versions' && view !== 'source' && problem !== null && isTemplate && (
        <div className="gitops-error" data-testid="template-problem">
          <ErrorBox error={{ message: problem.message, hint: problem.hint, where: { file: problem.file, line: problem.line ?? 1 } }} />
        </div>
      )}
      {view === 'versions' ? (
        <TemplateVersions project={project} template={template} source={onDisk.value?.source ?? ''} busy={busy} />
      ) : view === 'context' ? (
        <div className="template-context">
          <label className="dim" htmlFor="template-context">{words.contextLead}</label>
          <textarea id="template-context" className="text-field mono" spellCheck={false} value={typed} placeholder={'{ "replicas": 3 }'} aria-invalid={contextOf(typed) === 'wrong'} data-testid="template-context" onChange={(event) => setTyped(event.target.value)} />
          {contextOf(typed) === 'wrong' && <p className="dim" role="alert">{words.contextWrong}</p>}
          <Suspense fallback={null}>{preview.value !== null && <CodeView label={words.contextNow} text={JSON.stringify(preview.value.context, null, 2)} kind="yaml" />}</Suspense>
        </div>
      ) : preview.value === null || onDisk.value === null ? (
        preview.error === null && <Skeleton rows={8} label={words.loading} />
      ) : (
        <Suspense fallback={<Skeleton rows={8} label={words.loading} />}>
          {view === 'source' ? <TemplateEditor project={project} template={template} source={onDisk.value.source} sourceSha256={onDisk.value.of} draft={draft} preview={preview.value} busy={busy} /> : preview.value.text !== null && <CodeView label={words.outputOf(template.path)} text={preview.value.text} testId="template-output" />}
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
