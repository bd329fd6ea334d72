import { useCallback, useState, type ReactElement } from 'react';
import { call } from '../../lib/client';
import type { Project } from '../../lib/model';
import { useAnswer } from '../../lib/use-answer';
import { useSettled } from '../../lib/use-settled';
import { RulesLoading, RulesSheet, type Rules } from './rules-sheet';

/** The rules of a project, read and written. */
export function RulesDoor({ project, onClose }: { readonly project: Project; /** `changed`: another version counts now. */ readonly onClose: (changed: boolean) => void }): ReactElement {
  const answer = useAnswer(useCallback(async () => ({ now: await call('gitops.hierarchy', { project: project.id }), versions: await call('gitops.hierarchy-versions', { project: project.id }) }), [project.id]));
  const [draft, setDraft] = useState<Rules | null>(null);
  const key = useSettled(draft === null ? '' : JSON.stringify(configOf(draft)));
  const effect = useAnswer(useCallback(async () => (key === '' ? null : toEffect(await call('gitops.preview-hierarchy', { project: project.id, config: JSON.parse(key) as ReturnType<typeof configOf> }))), [project.id, key]));
  if (answer.value === null) return <RulesLoading answer={answer} onClose={() => onClose(false)} />;
  const { now, versions } = answer.value;
  const save = (input: { readonly config?: ReturnType<typeof configOf>; readonly version?: number; readonly note: string }): Promise<unknown> => call('gitops.set-hierarchy', { project: project.id, ...input }).then(() => onClose(true));
  return <RulesSheet now={now.rules} versions={versions} draft={draft ?? now.rules} effect={effect} onDraft={setDraft} onSave={(note) => save({ config: configOf(draft ?? now.rules), note })} onBack={(version) => save({ version, note: '' })} onClose={() => onClose(false)} />;
}

function configOf({ directories, names, metadata }: Rules): { directory_priority: string[]; file_name_priority: string[]; metadata_priority: string[] } {
  return { directory_priority: [...directories], file_name_priority: [...names], metadata_priority: [...metadata] };
}

function toEffect({ changed, of }: { readonly changed: number; readonly of: number }): { readonly changed: number; readonly groups: number } {
  return { changed, groups: of };
}
