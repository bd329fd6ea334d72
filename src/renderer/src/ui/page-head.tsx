import type { ReactElement, ReactNode } from 'react';
import { CircleQuestionMark } from 'lucide-react';
import type { Operation } from '../lib/model';
import { setUi } from '../lib/store';
import { say } from '../locales/say';
import { IconButton } from './button';
import { ProgressBar } from './progress-bar';
import './page-head.css';

interface PageHeadProps {
  readonly mark?: ReactNode;
  readonly sentence: string;
  readonly detail?: ReactNode;
  /** Its progress lies on the lower edge and takes no room: nothing on the page moves under a pointer when it comes and goes. */
  readonly running?: Operation | null;
  readonly children?: ReactNode;
}

/** The answer of a page in one sentence, what goes with it, and the page's own controls. */
export function PageHead({ mark, sentence, detail, running = null, children }: PageHeadProps): ReactElement {
  return (
    <div className="page-head">
      {mark}
      <div className="grow">
        <h1 data-testid="page-answer">{sentence}</h1>
        {detail !== undefined && <p className="dim ellipsis">{detail}</p>}
      </div>
      <div className="page-head-controls">
        {children}
        <IconButton label={say.actions.help} aria-keyshortcuts="F1" data-testid="help-open" onClick={() => setUi({ help: true })}>
          <CircleQuestionMark size={15} />
        </IconButton>
      </div>
      {running !== null && <ProgressBar operation={running} />}
    </div>
  );
}
