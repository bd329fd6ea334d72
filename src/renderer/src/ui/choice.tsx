import type { ReactElement } from 'react';
import './field.css';

/** One of a few words. */
export function Choice<T extends string>({ label, value, options, words, onChange, testId, first = false }: { readonly label: string; readonly value: T; readonly options: readonly T[]; readonly words: { readonly [option: string]: string }; readonly onChange: (value: T) => void; readonly testId?: string; /** Where a dialog starts. */ readonly first?: boolean }): ReactElement {
  return (
    <select className="select" aria-label={label} value={value} data-testid={testId} data-first={first ? '' : undefined} onChange={(event) => onChange(options.find((option) => option === event.target.value) ?? value)}>
      {options.map((option) => (
        <option key={option} value={option}>
          {words[option] ?? option}
        </option>
      ))}
    </select>
  );
}
