import type { ReactElement } from 'react';
import { say } from '../locales/say';
import { call } from '../lib/client';
import type { Project } from '../lib/model';
import { ConfirmDialog } from './confirm-dialog';
import './trust-dialog.css';

interface TrustDialogProps {
  readonly project: Project;
  /** What trust is asked for where the project itself asks for nothing unusual. */
  readonly plain: string;
  readonly confirm: string;
  readonly testId: string;
  /** What follows the trust. */
  readonly act?: () => Promise<unknown>;
  readonly onClose: () => void;
}

/** A project that nobody trusted yet: what it asks for, and the button that trusts it and goes on. */
export function TrustDialog({ project, plain, confirm, testId, act, onClose }: TrustDialogProps): ReactElement {
  const trust = async (): Promise<void> => {
    await call('projects.trust', { id: project.id });
    await act?.();
  };
  return (
    <ConfirmDialog testId={testId} title={say.plan.trustTitle} confirm={confirm} confirmTestId={`${testId}-confirm`} act={trust} onDone={onClose} onClose={onClose}>
      <p>{project.trustQuestions.length > 0 ? say.plan.trustText : plain}</p>
      <ul className="trust-questions">
        {project.trustQuestions.map((question) => (
          <li key={question} className="selectable">
            {question}
          </li>
        ))}
      </ul>
      <p className="dim">{say.plan.trustAfter}</p>
    </ConfirmDialog>
  );
}
