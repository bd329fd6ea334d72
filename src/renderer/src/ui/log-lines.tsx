import type { ReactElement } from 'react';
import { ansiSpans } from '../lib/ansi';
import './log-lines.css';

/** One line of output in its terminal colours. */
export function LogText({ text }: { readonly text: string }): ReactElement {
  return (
    <>
      {ansiSpans(text).map((span, index) => (
        <span key={index} className={[span.color === undefined ? '' : `ansi-${span.color}`, span.bold ? 'ansi-bold' : ''].filter(Boolean).join(' ') || undefined}>
          {span.text}
        </span>
      ))}
    </>
  );
}

/** A few last lines of output, as failures and running builds show them: the last one is in sight, whatever comes or is resized, until somebody scrolls. */
export function LogTail({ lines, label }: { readonly lines: readonly string[]; readonly label: string }): ReactElement {
  return (
    <pre className="log-tail scroll" tabIndex={0} aria-label={label} role="region">
      <div>
        {lines.map((line, index) => (
          <div key={index}>
            <LogText text={line} />
          </div>
        ))}
      </div>
    </pre>
  );
}
