import { useId, type ReactElement } from 'react';
import './field.css';

/** A row of a form: a word and where one types. */
export function TextRow({ label, value, placeholder, onChange, first = false, testId, code = false, secret = false }: { readonly label: string; readonly value: string; readonly placeholder?: string; readonly onChange: (value: string) => void; readonly first?: boolean; readonly testId?: string; readonly code?: boolean; /** What is typed is not shown. */ readonly secret?: boolean }): ReactElement {
  const id = useId();
  return (
    <>
      <label htmlFor={id}>{label}</label>
      <input id={id} className={code ? 'text-field mono' : 'text-field'} type={secret ? 'password' : 'text'} autoComplete="off" spellCheck={false} value={value} placeholder={placeholder} data-testid={testId} data-first={first ? '' : undefined} onChange={(event) => onChange(event.target.value)} />
    </>
  );
}

/** A number within a range, with its unit. */
export function NumberField({ label, value, unit, onChange, invalid, testId, first = false }: { readonly label: string; readonly value: string; readonly unit?: string; readonly onChange: (value: string) => void; readonly invalid: boolean; readonly testId?: string; readonly first?: boolean }): ReactElement {
  return (
    <span className="number-with-unit">
      <input className="number-field" type="text" inputMode="numeric" autoComplete="off" aria-label={label} aria-invalid={invalid} value={value} data-testid={testId} data-first={first ? '' : undefined} onChange={(event) => onChange(event.target.value)} />
      {unit !== undefined && <span className="faint">{unit}</span>}
    </span>
  );
}

/** A whole number that was typed, when it is within its range. */
export function typedNumber(text: string, from: number, to: number): number | null {
  if (!/^\s*-?\d{1,6}\s*$/.test(text)) return null;
  const number = Number(text);
  return number >= from && number <= to ? number : null;
}
