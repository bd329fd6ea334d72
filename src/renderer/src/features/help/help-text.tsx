import type { ReactElement } from 'react';
import { codeSpans } from '../../lib/markdown-lines';
import type { GuideSection } from '../../lib/guide';

/** A text of the guide: names in it stand out, nothing else of it is read as markup. */
export function HelpText({ text }: { readonly text: string }): ReactElement {
  return <>{codeSpans(text).map((span, index) => (span.code ? <code key={index}>{span.text}</code> : <span key={index}>{span.text}</span>))}</>;
}

/** Codes with what they mean, folded away until they are asked for. */
export function CodeList({ sections, open = false }: { readonly sections: readonly GuideSection[]; readonly open?: boolean }): ReactElement {
  return (
    <div className="help-codes">
      {sections.map(({ code, text }) => (
        <details key={code} open={open} data-testid={`help-${code}`}>
          <summary className="mono">{code}</summary>
          <p className="selectable">
            <HelpText text={text} />
          </p>
        </details>
      ))}
    </div>
  );
}
