import type { ReactElement } from 'react';
import type { OutputOf } from '@shared/contract/contract';
import { say } from '../locales/say';
import { codeSpans, markdownBlocks, type MarkdownBlock } from '../lib/markdown-lines';
import { DiffView } from './diff-view';
import './plan-document.css';

/** What a change of files is going to do, as the main process wrote it down before anybody agreed. */
export function PlanDocument({ plan }: { readonly plan: OutputOf<'operations.preview'> }): ReactElement {
  // The dialog's own title says it already.
  const blocks = markdownBlocks(plan.document).filter((block, index) => index > 0 || block.kind !== 'heading');
  return (
    <div className="plan-document selectable" data-testid="plan-document">
      {blocks.map((block, index) => (
        <Block key={index} block={block} />
      ))}
    </div>
  );
}

function Block({ block }: { readonly block: MarkdownBlock }): ReactElement {
  if (block.kind === 'heading') return <h2>{block.text}</h2>;
  if (block.kind === 'text') return <p><Text text={block.text} /></p>;
  if (block.kind === 'code') return block.diff ? <DiffView diff={block.text} label={say.fix.preview} /> : <pre className="scroll" tabIndex={0}>{block.text}</pre>;
  return (
    <ul>
      {block.items.map((item, index) => (
        <li key={index}>
          <Text text={item} />
        </li>
      ))}
    </ul>
  );
}

function Text({ text }: { readonly text: string }): ReactElement {
  return <>{codeSpans(text).map((span, index) => (span.code ? <code key={index}>{span.text}</code> : <span key={index}>{span.text}</span>))}</>;
}
