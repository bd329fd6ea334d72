import type { InputHTMLAttributes, ReactElement, ReactNode } from 'react';
import './field.css';

/** Something that is on or off, at once. What stands beside it goes inside. */
export function Switch({ children, ...rest }: InputHTMLAttributes<HTMLInputElement> & { readonly children?: ReactNode }): ReactElement {
  return (
    <label className="switch">
      <input type="checkbox" role="switch" {...rest} />
      {children}
    </label>
  );
}
