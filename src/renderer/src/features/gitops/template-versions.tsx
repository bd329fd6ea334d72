import { lazy, Suspense, useCallback, useState, type ReactElement } from 'react';
import { Columns2 } from 'lucide-react';
import { gitopsWords } from '../../locales/en/gitops';
import { say } from '../../locales/say';
import { call, callExact } from '../../lib/client';
import { runOperation } from '../../lib/run-operation';
import type { Project } from '../../lib/model';
import { useAct } from '../../lib/use-act';
import { useAnswer } from '../../lib/use-answer';
import { Button } from '../../ui/button';
import { Dialog } from '../../ui/dialog';
import { Skeleton } from '../../ui/empty-state';
import { ErrorBox } from '../../ui/error-box';
import type { Template } from './templates-panel';
import { VersionList } from './version-list';

const CompareCode = lazy(async () => ({ default: (await import('../../ui/code/compare-code')).CompareCode }));

const words = gitopsWords.templates;

/** The versions of a template, what each says otherwise than the file does now, and the way back. */
export function TemplateVersions({ project, template, source, busy }: { readonly project: Project; readonly template: Template; readonly source: string; readonly busy: boolean }): ReactElement {
  const answer = useAnswer(useCallback(() => call('gitops.template-versions', { project: project.id, template: template.path }), [project.id, template.path]));
  const { working, failure, run } = useAct();
  const [compared, setCompared] = useState<number | null>(null);
  const versions = answer.value ?? [];
  const compare = (version: number): ReactElement => (
    <Button size="small" icon={<Columns2 size={13} />} data-testid={`template-compare-${String(version)}`} onClick={() => setCompared(version)}>
      {gitopsWords.groups.compare}
    </Button>
  );
  return (
    <div className="gitops-members scroll" tabIndex={0} role="region" aria-label={words.view['versions']}>
      {failure !== null && <ErrorBox error={failure} />}
      {answer.error !== null && <ErrorBox error={answer.error} actions={<Button size="small" onClick={answer.again}>{say.actions.retry}</Button>} />}
      {answer.value === null && answer.error === null && <Skeleton rows={3} label={words.loading} />}
      {answer.value !== null && versions.length === 0 && <p className="dim template-context">{words.noVersions}</p>}
      <VersionList versions={versions} current={template.version} testId="template" disabled={busy || working} more={compare} onBack={(version) => run(() => runOperation('gitops.rollback-template', { project: project.id, template: template.path, version }), answer.again)} />
      {compared !== null && <ComparedVersion project={project} template={template} version={compared} source={source} onClose={() => setCompared(null)} />}
    </div>
  );
}

function ComparedVersion({ project, template, version, source, onClose }: { readonly project: Project; readonly template: Template; readonly version: number; readonly source: string; readonly onClose: () => void }): ReactElement {
  const answer = useAnswer(useCallback(() => callExact('gitops.template-version', { project: project.id, template: template.path, version }), [project.id, template.path, version]));
  return (
    <Dialog kind="sheet" testId="template-compare" title={words.compareTitle(template.path)} onClose={onClose} footer={<><span className="grow" /><Button onClick={onClose}>{say.actions.close}</Button></>}>
      {answer.error !== null && <ErrorBox error={answer.error} actions={<Button size="small" onClick={answer.again}>{say.actions.retry}</Button>} />}
      {answer.value === null ? answer.error === null && <Skeleton rows={8} label={words.loading} /> : (
        <Suspense fallback={<Skeleton rows={8} label={words.loading} />}>
          <CompareCode left={{ label: gitopsWords.rules.version(version), text: answer.value.text, meaning: null }} right={{ label: words.now, text: source, meaning: null }} />
        </Suspense>
      )}
    </Dialog>
  );
}
