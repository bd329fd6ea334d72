import { useCallback, useRef, useState, type ReactElement } from 'react';
import { FileCode2, Play, Plus } from 'lucide-react';
import type { OutputOf } from '@shared/contract/contract';
import { gitopsWords } from '../../locales/en/gitops';
import { say } from '../../locales/say';
import { call } from '../../lib/client';
import { count } from '../../lib/format';
import { runningOf } from '../../lib/operation-results';
import type { Operation, Project } from '../../lib/model';
import { useAct } from '../../lib/use-act';
import { useAnswer } from '../../lib/use-answer';
import { useRowKeys } from '../../lib/use-row-keys';
import { Button } from '../../ui/button';
import { ChangeDialog } from '../../ui/change-dialog';
import { EmptyState, Skeleton } from '../../ui/empty-state';
import { ErrorBox } from '../../ui/error-box';
import { PageHead } from '../../ui/page-head';
import { StateMark } from '../../ui/state-mark';
import { Switch } from '../../ui/switch';
import { NewTemplate } from './new-template';
import { cancelOperation, RunStrip } from './scan-strip';
import { TemplateDetail } from './template-detail';
import './gitops.css';

const words = gitopsWords.templates;

export type Templates = OutputOf<'gitops.templates'>;
export type Template = Templates['templates'][number];

/** What is made from templates, from what, and which versions there were. */
export function TemplatesPanel({ project, operations, busy }: { readonly project: Project; readonly operations: readonly Operation[] | null; readonly busy: boolean }): ReactElement {
  // A render or a saved template is another answer.
  const changed = operations?.find((operation) => operation.projectId === project.id && /^gitops\.(render|save-template|rollback-template|rollback)$/.test(operation.kind) && operation.finishedAt !== null)?.id ?? '';
  const answer = useAnswer(useCallback(async () => ({ changed, templates: await call('gitops.templates', { project: project.id }) }), [project.id, changed]));
  const [chosen, setChosen] = useState<string | null>(null);
  const [rendering, setRendering] = useState(false);
  const [making, setMaking] = useState(false);
  const list = useRef<HTMLUListElement>(null);
  useRowKeys(list);
  const { working, failure, run } = useAct();
  const acting = runningOf(operations, project.id, /^gitops\.(render|save-template|rollback-template)$/);
  const value = answer.value?.templates ?? null;
  const made = value?.templates.filter((one) => one.role === 'template') ?? [];
  const template = value?.templates.find((one) => one.path === (chosen ?? made[0]?.path)) ?? null;
  return (
    <>
      <PageHead mark={value === null ? undefined : <StateMark mark={made.length === 0 ? 'none' : 'good'} />} sentence={value === null ? (answer.error === null ? words.loading : words.failed) : made.length === 0 ? words.none : words.answer(made.length, value.folder)}>
        {value !== null && value.templates.length > 0 && (
          <Button icon={<Plus size={13} />} disabled={busy || acting !== null} data-testid="template-new" onClick={() => setMaking(true)}>
            {words.new}
          </Button>
        )}
        {value !== null && made.length > 0 && (
          <>
            <Switch checked={value.dynamic} disabled={working} data-testid="templates-dynamic" onChange={(event) => run(() => call('gitops.dynamic', { project: project.id, enabled: event.target.checked }), answer.again)}>
              {words.dynamic}
            </Switch>
            <Button look="primary" icon={<Play size={13} />} disabled={busy || acting !== null} data-testid="templates-render" onClick={() => setRendering(true)}>
              {words.render}
            </Button>
          </>
        )}
      </PageHead>
      {acting !== null && <RunStrip operation={acting} onCancel={() => cancelOperation(acting)} />}
      {[failure, answer.error].map((error) => error !== null && (
        <div key={error.message} className="gitops-error">
          <ErrorBox error={error} actions={<Button size="small" onClick={answer.again}>{say.actions.retry}</Button>} />
        </div>
      ))}
      {value === null && answer.error === null && <div className="page-content"><Skeleton rows={5} label={words.loading} /></div>}
      {value !== null && value.templates.length === 0 && (
        <EmptyState icon={<FileCode2 size={20} />} title={words.none} testId="templates-none" actions={<Button look="primary" icon={<Plus size={13} />} disabled={busy} data-testid="template-new" onClick={() => setMaking(true)}>{words.new}</Button>}>
          {words.noneText(value.folder)}
        </EmptyState>
      )}
      {value !== null && value.templates.length > 0 && (
        <div className="gitops-body">
          <div className="gitops-groups">
            <ul ref={list} className="template-list scroll" aria-label={words.list}>
              {value.templates.map((one) => (
                <li key={one.path}>
                  <button type="button" data-row className="gitops-row" aria-current={template?.path === one.path ? 'true' : undefined} data-testid={`template-${one.path}`} onClick={() => setChosen(one.path)}>
                    <span className="gitops-row-text">
                      <span className="mono ellipsis" title={one.path}>{one.path}</span>
                      <span className="faint ellipsis" title={one.output ?? undefined}>{one.output === null ? words.roles[one.role] : words.makes(one.output)}</span>
                    </span>
                    <span className="gitops-row-end">
                      <span className="faint">{one.version === null ? words.noVersion : words.version(one.version)}</span>
                    </span>
                  </button>
                </li>
              ))}
              {value.skipped.map((one) => (
                <li key={one.path} className="template-skipped">
                  <StateMark mark="warn" />
                  <span className="ellipsis" title={one.reason}>
                    {one.path} <span className="faint">{one.reason}</span>
                  </span>
                </li>
              ))}
            </ul>
          </div>
          {template === null ? <EmptyState title={words.choose} /> : <TemplateDetail key={template.path} project={project} template={template} busy={busy || acting !== null} />}
        </div>
      )}
      {making && value !== null && (
        <NewTemplate
          project={project}
          folder={value.folder}
          onClose={(path) => {
            setMaking(false);
            if (path !== null) setChosen(path);
          }}
        />
      )}
      {rendering && <ChangeDialog name="gitops.render" input={{ project: project.id }} title={words.renderTitle} lead={value === null ? undefined : words.renderLead(count(made.length, words.template, words.templatesWord))} apply={words.renderNow} testId="render-dialog" onClose={() => setRendering(false)} />}
    </>
  );
}
