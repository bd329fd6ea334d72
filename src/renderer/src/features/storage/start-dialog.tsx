import type { ReactElement } from 'react';
import { en } from '../../locales/en';
import { storageWords as words } from '../../locales/en/storage';
import { call, start } from '../../lib/client';
import type { Project } from '../../lib/model';
import { ConfirmDialog } from '../../ui/confirm-dialog';

/** A project that nobody trusted yet: what it asks for, and the start that trusts it. */
export function TrustAndStartDialog({ project, onClose }: { readonly project: Project; readonly onClose: () => void }): ReactElement {
  const trustAndStart = async (): Promise<void> => {
    await call('projects.trust', { id: project.id });
    await start('storage.start', { project: project.id });
  };
  return (
    <ConfirmDialog testId="storage-trust" title={en.plan.trustTitle} confirm={words.trustAndStart} confirmTestId="storage-trust-confirm" act={trustAndStart} onDone={onClose} onClose={onClose}>
      <p>{project.trustQuestions.length > 0 ? en.plan.trustText : words.trustPlain}</p>
      <ul className="storage-questions">
        {project.trustQuestions.map((question) => (
          <li key={question} className="selectable">
            {question}
          </li>
        ))}
      </ul>
      <p className="dim">{en.plan.trustAfter}</p>
    </ConfirmDialog>
  );
}
