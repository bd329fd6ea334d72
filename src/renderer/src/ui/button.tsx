import type { ButtonHTMLAttributes, ReactElement, ReactNode } from 'react';
import './button.css';

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  readonly look?: 'primary' | 'normal' | 'quiet' | 'danger';
  readonly size?: 'normal' | 'small' | 'large';
  readonly icon?: ReactNode;
}

/** A button that says what it does. `look` primary is for the one main action of a page or sheet. */
export function Button({ look = 'normal', size = 'normal', icon, children, className, type = 'button', ...rest }: ButtonProps): ReactElement {
  return (
    <button type={type} className={['button', `button-${look}`, `button-${size}`, className].filter(Boolean).join(' ')} {...rest}>
      {icon}
      {children}
    </button>
  );
}

/** A button that is only an icon; `label` is what it is called. */
export function IconButton({ label, children, className, ...rest }: ButtonHTMLAttributes<HTMLButtonElement> & { readonly label: string; readonly children: ReactNode }): ReactElement {
  return (
    <button type="button" className={['icon-button', className].filter(Boolean).join(' ')} aria-label={label} title={label} {...rest}>
      {children}
    </button>
  );
}
