import { useMemo, useState, type ReactElement } from 'react';
import { rulesFromText, rulesToText } from '@shared/domain/gitops/hierarchy/rules-text';
import { gitopsWords } from '../../locales/en/gitops';
import { CodeEditor, type Mark } from '../../ui/code/code-editor';
import { StateMark } from '../../ui/state-mark';
import type { Rules } from './rules-sheet';

const words = gitopsWords.rules;

/** The rules as YAML. Whatever can be read of it is the draft at once; a text that cannot says where and why. */
export function RulesTextEditor({ draft, onDraft, onProblem }: { readonly draft: Rules; readonly onDraft: (rules: Rules) => void; readonly onProblem: (isWrong: boolean) => void }): ReactElement {
  const [text, setText] = useState(() => rulesToText(draft));
  const problem = useMemo(() => rulesFromText(text).problem, [text]);
  const marks = useMemo<readonly Mark[]>(() => (problem === null ? [] : [{ line: problem.line, column: undefined, severity: 'error', message: problem.message, actions: [] }]), [problem]);
  function take(typed: string): void {
    setText(typed);
    const read = rulesFromText(typed);
    onProblem(read.problem !== null);
    if (read.rules !== null) onDraft(read.rules);
  }
  return (
    <div className="rules-text" data-testid="rules-text">
      <CodeEditor id="rules" kind="yaml" label={words.asYaml} text={text} readOnly={false} marks={marks} goTo={null} onWent={() => undefined} onText={take} onSave={() => undefined} />
      <p className="rules-text-state" role="status" data-testid="rules-problem">
        <StateMark mark={problem === null ? 'good' : 'bad'} />
        <span>{problem === null ? words.readable : words.wrong(problem.line, problem.message)}</span>
      </p>
    </div>
  );
}
