import type { ReactElement, RefObject } from 'react';
import { Search } from 'lucide-react';
import './filter-box.css';

/** A small search field. Esc empties it, then leaves it. */
export function FilterBox({ value, onChange, label, inputRef, testId }: { readonly value: string; readonly onChange: (value: string) => void; readonly label: string; readonly inputRef?: RefObject<HTMLInputElement | null>; readonly testId?: string }): ReactElement {
  return (
    <div className="filter-box">
      <Search size={13} aria-hidden="true" />
      <input
        ref={inputRef}
        type="text"
        value={value}
        placeholder={label}
        aria-label={label}
        data-testid={testId}
        spellCheck={false}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Escape') return;
          event.stopPropagation();
          if (value === '') event.currentTarget.blur();
          else onChange('');
        }}
      />
    </div>
  );
}
