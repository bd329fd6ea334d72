import type { ReactElement, ReactNode } from 'react';
import { OctagonAlert } from 'lucide-react';
import type { Where } from '@shared/kernel/app-error';
import { say } from '../locales/say';
import { fileName } from '../lib/format';
import './error-box.css';

/** What of an error is shown. */
export interface ShownError {
  readonly message: string;
  readonly hint?: string | undefined;
  readonly where?: Where | undefined;
}

/** An expected failure: one sentence, what to do, where, and the way on. */
export function ErrorBox({ error, actions, title }: { readonly error: ShownError; readonly actions?: ReactNode; readonly title?: string | undefined }): ReactElement {
  return (
    <div className="error-box" role="alert">
      <OctagonAlert size={16} aria-hidden="true" />
      <div className="grow">
        {title !== undefined && <strong>{title}</strong>}
        <p className="selectable">{error.message}</p>
        {error.hint !== undefined && <p className="dim selectable">{error.hint}</p>}
        {error.where !== undefined && (
          <p className="faint mono selectable" title={error.where.file}>
            {say.findings.line(fileName(error.where.file), error.where.line)}
          </p>
        )}
        {actions !== undefined && <div className="error-box-actions">{actions}</div>}
      </div>
    </div>
  );
}
