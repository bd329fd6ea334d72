import { useState, type ReactElement } from 'react';
import type { InputOf, NamesOfKind } from '@shared/contract/contract';
import { commandWords, shellLine } from '@shared/contract/command-words';
import { commandsWords as words } from '../../locales/en/commands';
import { say } from '../../locales/say';
import { call, start } from '../../lib/client';
import { openDrawer } from '../../lib/drawer';
import type { Project } from '../../lib/model';
import { setUi } from '../../lib/store';
import { useAct } from '../../lib/use-act';
import { Button } from '../../ui/button';
import { ChangeDialog } from '../../ui/change-dialog';
import { CopyCommand } from '../../ui/copy-command';
import { Dialog } from '../../ui/dialog';
import { Skeleton } from '../../ui/empty-state';
import { ErrorBox } from '../../ui/error-box';
import { CommandFields } from './command-fields';
import { inputOf, type Entry, type Typed } from './command-form';
import { useCommands } from './use-commands';
import './commands.css';

type OperationName = NamesOfKind<'operation'>;
type AskedName = NamesOfKind<'query'> | NamesOfKind<'command'>;

/** The form of any command: its inputs, what it does, the same as a command line; and its answer. */
export function CommandDialog({ name, project }: { readonly name: string; readonly project: Project | null }): ReactElement {
  const { entries, error } = useCommands();
  const entry = entries?.find((one) => one.name === name);
  const close = (): void => setUi({ command: null });
  if (entry !== undefined) return entry.plans ? <PlannedCommand entry={entry} project={project} onClose={close} /> : <PlainCommand entry={entry} project={project} onClose={close} />;
  return (
    <Dialog kind="modal" title={titleOf(name)} onClose={close} testId="command-dialog">
      {error !== null ? <ErrorBox error={error} /> : entries === null ? <Skeleton rows={3} label={words.form.loading} /> : <p>{words.form.unknown}</p>}
    </Dialog>
  );
}

interface CommandProps {
  readonly entry: Entry;
  readonly project: Project | null;
  readonly onClose: () => void;
}

/** `snapshots verify` for `snapshots.verify`. */
function titleOf(name: string): string {
  return name.replace('.', ' ');
}

function useForm(entry: Entry, project: Project | null): { readonly typed: Typed; readonly onType: (field: string, value: string | boolean) => void; readonly input: { readonly [field: string]: unknown } | null; readonly problems: readonly string[]; readonly line: string } {
  const [typed, setTyped] = useState<Typed>({});
  const { input, problems } = inputOf(entry, typed, project?.id ?? null);
  const line = shellLine(commandWords(entry, input ?? inputOf(entry, typed, null).input ?? {}, project?.name ?? null));
  return { typed, onType: (field, value) => setTyped((all) => ({ ...all, [field]: value })), input, problems, line };
}

/** A change of files: its plan is shown as soon as the form is filled. */
function PlannedCommand({ entry, project, onClose }: CommandProps): ReactElement {
  const form = useForm(entry, project);
  return (
    <ChangeDialog name={entry.name as OperationName} input={form.input as InputOf<OperationName> | null} title={titleOf(entry.name)} lead={entry.summary} apply={words.form.run} incomplete={form.problems.join(' ')} testId="command-dialog" applyTestId="command-run" onClose={onClose}>
      <CommandFields entry={entry} project={project} typed={form.typed} onType={form.onType} />
      <div className="command-line">
        <CopyCommand command={form.line} label={words.palette.copy} />
      </div>
    </ChangeDialog>
  );
}

function PlainCommand({ entry, project, onClose }: CommandProps): ReactElement {
  const form = useForm(entry, project);
  const { working, failure, run } = useAct();
  const [answer, setAnswer] = useState<{ readonly value: unknown } | null>(null);
  const { input } = form;
  const asks = entry.kind === 'query';

  async function ask(): Promise<void> {
    if (input === null) return;
    if (entry.kind === 'operation') {
      const { operationId } = await start(entry.name as OperationName, input as InputOf<OperationName>);
      openDrawer({ tab: 'activity', operation: operationId });
    } else setAnswer({ value: await call(entry.name as AskedName, input as InputOf<AskedName>) });
  }

  return (
    <Dialog
      kind="modal"
      testId="command-dialog"
      title={titleOf(entry.name)}
      lead={entry.summary}
      onClose={onClose}
      footer={
        <>
          <CopyCommand command={form.line} label={words.palette.copy} />
          <span className="grow" />
          <Button onClick={onClose}>{answer === null ? say.actions.cancel : say.actions.close}</Button>
          <Button look="primary" data-testid="command-run" disabled={input === null || working} onClick={() => run(ask, () => entry.kind === 'operation' && onClose())}>
            {working ? words.form.running : asks ? words.form.show : words.form.run}
          </Button>
        </>
      }
    >
      {failure !== null && <ErrorBox title={words.form.failed} error={failure} />}
      <CommandFields entry={entry} project={project} typed={form.typed} onType={form.onType} />
      {form.problems.length > 0 && <p className="faint">{form.problems.join(' ')}</p>}
      {entry.asks && <p className="dim">{words.form.asks}</p>}
      {answer !== null && <Result value={answer.value} />}
    </Dialog>
  );
}

function Result({ value }: { readonly value: unknown }): ReactElement {
  if (typeof value === 'object' && value !== null && 'done' in value) return <p role="status">{words.form.done}</p>;
  return (
    <section aria-label={words.form.result}>
      <h2>{words.form.result}</h2>
      <pre className="command-result scroll" tabIndex={0} data-testid="command-result">
        {JSON.stringify(value, null, 2)}
      </pre>
    </section>
  );
}
