import { useCallback, useState, type ReactElement } from 'react';
import { NEW_FILE_TEMPLATES } from '@shared/domain/files/new-file-text';
import { filesWords } from '../../locales/en/files';
import { say } from '../../locales/say';
import { call } from '../../lib/client';
import { fileName } from '../../lib/format';
import type { Project } from '../../lib/model';
import { useAnswer } from '../../lib/use-answer';
import { Button } from '../../ui/button';
import { ChangeDialog } from '../../ui/change-dialog';
import { Choice } from '../../ui/choice';
import { Dialog } from '../../ui/dialog';
import { Skeleton } from '../../ui/empty-state';
import { ErrorBox } from '../../ui/error-box';
import { TextRow } from '../../ui/fields';
import { Ago } from '../../ui/time';

const words = filesWords.life;

/** What can be done with a file as a whole. */
export type LifeVerb = 'create' | 'rename' | 'duplicate' | 'archive' | 'restore' | 'delete' | 'history';
type Template = (typeof NEW_FILE_TEMPLATES)[number];

interface LifeDialogProps {
  readonly project: Project;
  readonly verb: LifeVerb;
  /** Relative to the project folder; '' for a file that is still to be made. */
  readonly path: string;
  /** `to`: where the file is now, relative to the project; null where it is gone. */
  readonly onClose: (done: boolean, to: string | null) => void;
}

/** The form and the plan of one thing that can be done with a file. All but looking at its history can be undone. */
export function LifeDialog({ project, verb, path, onClose }: LifeDialogProps): ReactElement {
  const origin = path.replace(/^\.archive\//, '');
  const [to, setTo] = useState(verb === 'duplicate' ? copyOf(path) : verb === 'restore' ? origin : path);
  const [template, setTemplate] = useState<Template>('deployment');
  const [reason, setReason] = useState('');
  const name = fileName(path);
  const target = to.trim();
  const common = { lead: words.leads[verb], apply: words.verbs[verb] ?? verb, testId: `file-${verb}`, applyTestId: 'life-apply' };
  const close = (where: string | null) => (done: boolean): void => onClose(done, where);
  const place = (
    <div className="form-grid">
      <TextRow label={words.place} value={to} placeholder="deploy/web.yaml" first code testId="life-to" onChange={setTo} />
    </div>
  );
  switch (verb) {
    case 'history':
      return <FileHistory project={project} path={path} onClose={() => onClose(false, null)} />;
    case 'create':
      return (
        <ChangeDialog name="files.create" input={isFile(target) ? { project: project.id, file: target, template } : null} title={words.titles.create} incomplete={words.needsName} {...common} onClose={close(target)}>
          <div className="form-grid">
            <TextRow label={words.place} value={to} placeholder="deploy/web.yaml" first code testId="life-to" onChange={setTo} />
            <span className="label">{words.begin}</span>
            <Choice label={words.begin} value={template} options={NEW_FILE_TEMPLATES} words={words.templates} testId="life-template" onChange={setTemplate} />
          </div>
        </ChangeDialog>
      );
    case 'rename':
    case 'duplicate':
      return (
        <ChangeDialog name={verb === 'rename' ? 'files.rename' : 'files.duplicate'} input={isFile(target) && target !== path ? { project: project.id, file: path, to: target } : null} title={words.titles[verb](name)} incomplete={words.needsOther} {...common} onClose={close(target)}>
          {place}
        </ChangeDialog>
      );
    case 'restore':
      return (
        <ChangeDialog name="files.restore" input={isFile(target) ? { project: project.id, file: path, ...(target === origin ? {} : { to: target }) } : null} title={words.titles.restore(name)} incomplete={words.needsName} {...common} onClose={close(target)}>
          {place}
        </ChangeDialog>
      );
    case 'archive':
      return (
        <ChangeDialog name="files.archive" input={{ project: project.id, file: path, ...(reason.trim() === '' ? {} : { reason: reason.trim() }) }} title={words.titles.archive(name)} {...common} onClose={close(null)}>
          <div className="form-grid">
            <TextRow label={words.reason} value={reason} first testId="life-reason" onChange={setReason} />
          </div>
        </ChangeDialog>
      );
    case 'delete':
      return <ChangeDialog name="files.delete" input={{ project: project.id, file: path }} title={words.titles.delete(name)} {...common} onClose={close(null)} />;
  }
}

/** Who changed the file, when and how. */
function FileHistory({ project, path, onClose }: { readonly project: Project; readonly path: string; readonly onClose: () => void }): ReactElement {
  const answer = useAnswer(useCallback(() => call('files.history', { project: project.id, file: path, limit: 100 }), [project.id, path]));
  return (
    <Dialog kind="sheet" testId="file-history" title={words.titles.history(fileName(path))} lead={words.leads.history} onClose={onClose} footer={<><span className="grow" /><Button onClick={onClose}>{say.actions.close}</Button></>}>
      {answer.error !== null && <ErrorBox error={answer.error} actions={<Button size="small" onClick={answer.again}>{say.actions.retry}</Button>} />}
      {answer.value === null && answer.error === null && <Skeleton rows={5} label={words.loading} />}
      {answer.value?.entries.length === 0 && <p className="dim">{words.noHistory}</p>}
      <ol className="file-history" data-testid="file-history-entries" tabIndex={0} aria-label={words.titles.history(fileName(path))}>
        {answer.value?.entries.map((one) => (
          <li key={`${one.by} ${one.id}`}>
            <span className="grow ellipsis selectable" title={one.what}>{one.what}</span>
            <span className="dim ellipsis file-history-who">{one.by === 'git' ? one.who : words.by[one.who] ?? one.who}</span>
            <span className="faint mono file-history-id">{one.by === 'git' ? one.id.slice(0, 8) : 'Berth'}</span>
            <span className="faint file-history-when"><Ago at={one.at} /></span>
          </li>
        ))}
      </ol>
    </Dialog>
  );
}

function isFile(path: string): boolean {
  return /[^/]\.(ya?ml|json)$/i.test(path);
}

function copyOf(path: string): string {
  return path.replace(/(\.[a-z]+)$/i, '-copy$1');
}
