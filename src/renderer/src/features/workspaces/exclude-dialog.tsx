import { useCallback, useId, useState, type ReactElement } from 'react';
import { workspacesWords as words } from '../../locales/en/workspaces';
import { call } from '../../lib/client';
import type { Project } from '../../lib/model';
import { useAnswer } from '../../lib/use-answer';
import { useSettled } from '../../lib/use-settled';
import { ChangeDialog } from '../../ui/change-dialog';
import { Choice } from '../../ui/choice';
import { ErrorBox } from '../../ui/error-box';
import { PathList } from './path-list';
import { typedPatterns } from './workspaces-answer';

type IgnoreFile = '.gitignore' | '.dockerignore';

interface ExcludeDialogProps {
  readonly project: Project;
  readonly names: readonly string[];
  readonly name: string;
  readonly patterns: string;
  readonly onClose: () => void;
}

/** Patterns for the ignore file of a workspace: which files they touch as they are typed, and the change they make. */
export function ExcludeDialog({ project, names, name: given, patterns: first, onClose }: ExcludeDialogProps): ReactElement {
  const [name, setName] = useState(given);
  const [file, setFile] = useState<IgnoreFile>('.gitignore');
  const [text, setText] = useState(first);
  const id = useId();
  const patterns = typedPatterns(text);
  return (
    <ChangeDialog name="workspaces.exclude" input={patterns.length === 0 ? null : { project: project.id, name, file, patterns: [...patterns] }} title={words.excluded.title} lead={words.excluded.lead} apply={words.excluded.apply} incomplete={words.excluded.incomplete} testId="exclude-dialog" onClose={onClose}>
      <div className="form-grid">
        <span className="label">{words.excluded.of}</span>
        <Choice label={words.excluded.of} value={name} options={names} words={{}} testId="exclude-workspace" onChange={setName} />
        <span className="label">{words.excluded.file}</span>
        <Choice label={words.excluded.file} value={file} options={['.gitignore', '.dockerignore']} words={words.excluded.files} testId="exclude-file" onChange={setFile} />
        <label htmlFor={id}>{words.excluded.patterns}</label>
        <textarea id={id} className="text-field mono ws-patterns" rows={3} spellCheck={false} value={text} placeholder={words.excluded.patternsHint} data-first="" data-testid="exclude-patterns" onChange={(event) => setText(event.target.value)} />
      </div>
      {patterns.length > 0 && <Effect projectId={project.id} name={name} file={file} text={patterns.join('\n')} />}
    </ChangeDialog>
  );
}

/** What the patterns would do, before anything is written. */
function Effect({ projectId, name, file, text }: { readonly projectId: string; readonly name: string; readonly file: IgnoreFile; readonly text: string }): ReactElement {
  const key = JSON.stringify({ project: projectId, name, file, text, append: true });
  const settled = useSettled(key);
  const effect = useAnswer(useCallback(async () => ({ key: settled, found: await call('workspaces.preview-exclude', JSON.parse(settled) as { project: string; name: string; file: IgnoreFile; text: string; append: boolean }) }), [settled]));
  const found = effect.value?.key === key ? effect.value.found : null;
  if (effect.error !== null) return <ErrorBox error={effect.error} />;
  if (found === null) {
    return (
      <p className="faint" role="status">
        {words.excluded.counting}
      </p>
    );
  }
  const changed = [...found.excluded.map((path) => ({ path, out: true })), ...found.included.map((path) => ({ path, out: false }))];
  // Of very many only the first are named; the counts before and after say how many there are.
  const back = found.included.length;
  const out = Math.max(found.excluded.length, found.before - found.after + back);
  return (
    <div className="ws-effect" data-testid="exclude-effect">
      <p role="status">
        <strong>{words.excluded.effect(out, found.before, back)}</strong>
      </p>
      {changed.length > 0 && (
        <PathList
          items={changed}
          label={words.excluded.effectList}
          testId="exclude-effect-list"
          keyOf={(one) => one.path}
          row={(one) => (
            <>
              <code className="ellipsis grow" title={one.path}>
                {one.path}
              </code>
              <span className="faint">{one.out ? words.excluded.leavesOut : words.excluded.takesIn}</span>
            </>
          )}
        />
      )}
    </div>
  );
}
