import { useCallback, useState, type ReactElement } from 'react';
import { ChevronUp, Plus, X } from 'lucide-react';
import type { OutputOf } from '@shared/contract/contract';
import { gitopsWords } from '../../locales/en/gitops';
import { say } from '../../locales/say';
import { call } from '../../lib/client';
import { duration } from '../../lib/format';
import type { Project } from '../../lib/model';
import { useAnswer } from '../../lib/use-answer';
import { Button, IconButton } from '../../ui/button';
import { Choice } from '../../ui/choice';
import { ConfirmDialog } from '../../ui/confirm-dialog';
import { Skeleton } from '../../ui/empty-state';
import { ErrorBox } from '../../ui/error-box';
import { NumberField } from '../../ui/fields';
import { Switch } from '../../ui/switch';

const words = gitopsWords.settings;
const SHORTEST = 5;
const LONGEST = 31_536_000;
const MOST = 100;

type Policy = OutputOf<'gitops.policies'>[number];
const ACTIONS = ['comment', 'archive', 'move', 'delete', 'none'] as const;
const MODES = ['automatic', 'ask'] as const;

/** What is typed, before it is saved. */
interface Draft {
  readonly enabled: boolean;
  readonly interval: string;
  readonly policies: readonly Policy[];
}

/** How often the folder is looked through by itself, and what becomes of the copies that are not kept, by folder and kind. */
export function SettingsSheet({ project, onClose }: { readonly project: Project; /** `changed`: plans are others now. */ readonly onClose: (changed: boolean) => void }): ReactElement {
  const answer = useAnswer(
    useCallback(async (): Promise<Draft> => {
      const [settings, policies] = await Promise.all([call('gitops.settings', { project: project.id }), call('gitops.policies', { project: project.id })]);
      return { enabled: settings.duplicate_detection_enabled, interval: String(settings.duplicate_scan_interval), policies };
    }, [project.id]),
  );
  const [typed, setTyped] = useState<Draft | null>(null);
  const draft = typed ?? answer.value;
  const seconds = draft !== null && /^\s*\d{1,8}\s*$/.test(draft.interval) ? Number(draft.interval) : 0;
  const isInterval = seconds >= SHORTEST && seconds <= LONGEST;
  const isComplete = draft?.policies.every((one) => one.action !== 'move' || (one.target ?? '').trim() !== '') === true;
  async function save(): Promise<void> {
    if (draft === null) return;
    await call('gitops.configure', { project: project.id, enabled: draft.enabled, interval: seconds });
    await call('gitops.set-policies', { project: project.id, policies: draft.policies.map((one) => ({ ...one, directory: wordOf(one.directory), kind: wordOf(one.kind), target: one.action === 'move' ? wordOf(one.target) : null })) });
  }
  return (
    <ConfirmDialog
      kind="sheet"
      testId="gitops-settings"
      title={words.title}
      lead={words.lead}
      confirm={words.save}
      confirmTestId="gitops-settings-save"
      ready={typed !== null && isInterval && isComplete}
      note={!isComplete && draft !== null ? <span className="dim" role="status">{words.needsTarget}</span> : undefined}
      act={save}
      onDone={() => onClose(true)}
      onClose={() => onClose(false)}
    >
      {answer.error !== null && <ErrorBox error={answer.error} actions={<Button size="small" onClick={answer.again}>{say.actions.retry}</Button>} />}
      {draft === null && answer.error === null && <Skeleton rows={6} label={words.loading} />}
      {draft !== null && (
        <>
          <section className="gitops-setting">
            <h2>{words.scans}</h2>
            <div className="form-row">
              <Switch checked={draft.enabled} data-testid="gitops-enabled" onChange={(event) => setTyped({ ...draft, enabled: event.target.checked })}>
                {words.enabled}
              </Switch>
              <span>
                <NumberField label={words.interval} value={draft.interval} unit={isInterval ? words.every(duration(seconds * 1_000)) : words.range} invalid={!isInterval} testId="gitops-interval" onChange={(interval) => setTyped({ ...draft, interval })} />
              </span>
            </div>
          </section>
          <Policies policies={draft.policies} onChange={(policies) => setTyped({ ...draft, policies })} />
        </>
      )}
    </ConfirmDialog>
  );
}

/** The rules, of which the first that fits a file counts. */
function Policies({ policies, onChange }: { readonly policies: readonly Policy[]; readonly onChange: (policies: readonly Policy[]) => void }): ReactElement {
  const change = (index: number, by: Partial<Policy>): void => onChange(policies.map((one, at) => (at === index ? { ...one, ...by } : one)));
  const raise = (index: number): void => onChange(policies.map((one, at) => (at === index - 1 ? (policies[index] ?? one) : at === index ? (policies[index - 1] ?? one) : one)));
  return (
    <section className="gitops-setting">
      <h2>{words.policies}</h2>
      <p className="faint">{words.policiesHint}</p>
      {policies.length > 0 && (
        <ol className="policy-list" aria-label={words.policies} data-testid="gitops-policies">
          {policies.map((one, index) => (
            <li key={index} data-testid={`policy-${String(index)}`}>
              <input className="text-field mono" type="text" autoComplete="off" spellCheck={false} aria-label={words.folder} placeholder={words.anyFolder} value={one.directory ?? ''} data-testid={`policy-folder-${String(index)}`} onChange={(event) => change(index, { directory: event.target.value })} />
              <input className="text-field mono" type="text" autoComplete="off" spellCheck={false} aria-label={words.kind} placeholder={words.anyKind} value={one.kind ?? ''} data-testid={`policy-kind-${String(index)}`} onChange={(event) => change(index, { kind: event.target.value })} />
              <Choice label={words.action} value={one.action} options={ACTIONS} words={gitopsWords.actions} testId={`policy-action-${String(index)}`} onChange={(action) => change(index, { action })} />
              {one.action === 'move' && <input className="text-field mono policy-target" type="text" autoComplete="off" spellCheck={false} aria-label={words.target} placeholder={words.targetHint} value={one.target ?? ''} data-testid={`policy-target-${String(index)}`} onChange={(event) => change(index, { target: event.target.value })} />}
              <Choice label={words.mode} value={one.mode} options={MODES} words={words.modes} testId={`policy-mode-${String(index)}`} onChange={(mode) => change(index, { mode })} />
              <IconButton label={words.raise(index + 1)} disabled={index === 0} onClick={() => raise(index)}>
                <ChevronUp size={14} />
              </IconButton>
              <IconButton label={words.remove(index + 1)} data-testid={`policy-remove-${String(index)}`} onClick={() => onChange(policies.filter((_, at) => at !== index))}>
                <X size={14} />
              </IconButton>
            </li>
          ))}
        </ol>
      )}
      <p className="policy-rest">
        <Button size="small" icon={<Plus size={13} />} disabled={policies.length >= MOST} data-testid="policy-add" onClick={() => onChange([...policies, { directory: null, kind: null, action: 'archive', mode: 'automatic', target: null }])}>
          {words.add}
        </Button>
        <span className="faint">{words.rest}</span>
      </p>
    </section>
  );
}

function wordOf(text: string | null): string | null {
  const word = (text ?? '').trim();
  return word === '' ? null : word;
}
