import { useEffect, useMemo, useRef, useState, type ReactElement } from 'react';
import { Save, Undo2 } from 'lucide-react';
import type { OutputOf } from '@shared/contract/contract';
import { gitopsWords } from '../../locales/en/gitops';
import { runOperation } from '../../lib/run-operation';
import type { Project } from '../../lib/model';
import { useAct } from '../../lib/use-act';
import { Button, IconButton } from '../../ui/button';
import { CodeEditor, type Mark } from '../../ui/code/code-editor';
import { CodeView } from '../../ui/code/code-view';
import { ErrorBox } from '../../ui/error-box';
import { setTemplateDraft, templateWasSaved, type TemplateDraft } from './template-drafts';
import type { Template } from './templates-panel';

const words = gitopsWords.templates;

interface TemplateEditorProps {
  readonly project: Project;
  readonly template: Template;
  /** As it stood on the disk when it was read last, and the SHA-256 of that. */
  readonly source: string;
  readonly sourceSha256: string;
  readonly draft: TemplateDraft | null;
  /** What the text as it is typed makes, or why it makes nothing. */
  readonly preview: OutputOf<'gitops.preview'>;
  readonly busy: boolean;
}

/** The text of a template, beside it what it makes as one types, and saving it as a version. */
export function TemplateEditor({ project, template, source, sourceSha256, draft, preview, busy }: TemplateEditorProps): ReactElement {
  const [note, setNote] = useState('');
  const { working, failure, run, clear } = useAct();
  const [goTo, setGoTo] = useState<{ readonly line: number } | null>(null);
  const problem = template.role === 'template' ? (preview.problems[0] ?? null) : null;
  const isOwn = problem?.file === template.path;
  const line = isOwn ? (problem?.line ?? 1) : null;
  const message = problem?.message ?? '';
  const marks = useMemo<readonly Mark[]>(() => (line === null ? [] : [{ line, column: undefined, severity: 'error', message, actions: [] }]), [line, message]);
  const canSave = draft !== null && !busy && !working;
  /** The text that is being saved, and whether a newer one is to follow it. */
  const [saving, setSaving] = useState<string | null>(null);
  const [again, setAgain] = useState(false);
  const type = (text: string): void => {
    clear();
    const isSource = text === source && !working && (draft === null || draft.base === sourceSha256);
    setTemplateDraft(project.id, template.path, isSource ? null : { text, base: draft?.base ?? template.sha256 });
  };
  const begin = (): void => {
    if (draft === null) return;
    setSaving(draft.text);
    // The text is on the disk before the operation has ended: whoever types the next note meanwhile keeps it.
    run(
      async () => templateWasSaved(project.id, template.path, String((await runOperation('gitops.save-template', { project: project.id, template: template.path, text: draft.text, base: draft.base, note: note.trim() }))['sha256'])),
      () => setNote((now) => (now === note ? '' : now)),
    );
  };
  /** What is asked for while the one before is still being saved follows it. */
  const save = (): void => {
    if (canSave) begin();
    else if (working && draft?.text !== saving) setAgain(true);
  };
  const latest = useRef(begin);
  useEffect(() => {
    latest.current = begin;
  });
  useEffect(() => {
    if (!again || working || busy) return;
    setAgain(false);
    if (failure === null) latest.current();
  }, [again, working, busy, failure]);
  return (
    <>
      {failure !== null && <div className="gitops-error"><ErrorBox error={failure} /></div>}
      <div className="template-edit" data-made={template.role === 'template'}>
        <CodeEditor id={`${project.id} template ${template.path}`} kind="yaml" label={words.sourceOf(template.path)} text={draft?.text ?? source} readOnly={false} marks={marks} goTo={goTo} onWent={() => setGoTo(null)} onText={type} onSave={save} />
        {template.role === 'template' && (
          <section className="template-made" aria-label={words.outputOf(template.path)}>
            <h2>{words.view['output']}</h2>
            {problem === null ? (
              preview.text !== null && <CodeView label={words.outputOf(template.path)} text={preview.text} testId="template-made" />
            ) : (
              <div className="template-problem" data-testid="template-problem">
                <ErrorBox
                  error={{ message: problem.message, hint: problem.hint, where: { file: problem.file, line: problem.line ?? 1 } }}
                  actions={line !== null && <Button size="small" data-testid="template-go" onClick={() => setGoTo({ line })}>{words.goToLine(line)}</Button>}
                />
              </div>
            )}
          </section>
        )}
      </div>
      <form
        className="git-commit template-save"
        onSubmit={(event) => {
          event.preventDefault();
          save();
        }}
      >
        <input className="text-field" type="text" autoComplete="off" aria-label={words.note} placeholder={words.note} value={note} data-testid="template-note" onChange={(event) => setNote(event.target.value)} />
        <IconButton label={words.discard} disabled={draft === null || working} data-testid="template-discard" onClick={() => (clear(), setTemplateDraft(project.id, template.path, null))}>
          <Undo2 size={14} />
        </IconButton>
        <Button type="submit" look="primary" icon={<Save size={13} />} disabled={!canSave} title="Ctrl+S" data-testid="template-save">
          {words.save}
        </Button>
      </form>
    </>
  );
}
