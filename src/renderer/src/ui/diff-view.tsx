import type { ReactElement } from 'react';
import './diff-view.css';

/** A unified diff, line by line; the sign says what the colour says. */
export function DiffView({ diff, label }: { readonly diff: string; readonly label: string }): ReactElement {
  return (
    <pre className="diff scroll" role="region" aria-label={label} tabIndex={0} data-testid="diff">
      {diff.replace(/\n$/, '').split('\n').map((line, index) => (
        <div key={index} data-kind={kindOf(line)}>
          {line === '' ? ' ' : line}
        </div>
      ))}
    </pre>
  );
}

function kindOf(line: string): string {
  if (line.startsWith('+++') || line.startsWith('---') || line.startsWith('@@')) return 'head';
  if (line.startsWith('+')) return 'added';
  return line.startsWith('-') ? 'removed' : 'same';
}
