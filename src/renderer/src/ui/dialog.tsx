import { useEffect, useId, useRef, type ReactElement, type ReactNode } from 'react';
import { X } from 'lucide-react';
import { say } from '../locales/say';
import { IconButton } from './button';
import './dialog.css';

interface DialogProps {
  readonly kind: 'sheet' | 'modal' | 'palette';
  readonly title: string;
  /** Stands under the title. */
  readonly lead?: ReactNode;
  readonly footer?: ReactNode;
  readonly onClose: () => void;
  readonly testId?: string;
  readonly children: ReactNode;
}

/**
 * A sheet, a small dialog or the palette, on the platform's own dialog element: focus stays inside, Esc closes, and
 * focus goes back to where it was.
 */
export function Dialog({ kind, title, lead, footer, onClose, testId, children }: DialogProps): ReactElement {
  const element = useRef<HTMLDialogElement>(null);
  const close = useRef(onClose);
  const titleId = useId();
  useEffect(() => {
    close.current = onClose;
  });

  useEffect(() => {
    const dialog = element.current;
    if (dialog === null) return undefined;
    const before = document.activeElement;
    dialog.showModal();
    // A sheet starts at its title, the palette where one types, a form at its first field.
    dialog.querySelector<HTMLElement>(kind === 'palette' ? 'input' : '[data-first]')?.focus();
    return () => {
      dialog.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, [kind]);

  return (
    <dialog
      ref={element}
      className={`dialog dialog-${kind}`}
      aria-labelledby={titleId}
      data-testid={testId}
      onCancel={(event) => {
        event.preventDefault();
        close.current();
      }}
      onMouseDown={(event) => {
        if (event.target === element.current) close.current();
      }}
    >
      <div className="dialog-body">
        {kind === 'palette' ? (
          <h2 id={titleId} className="hidden-text">
            {title}
          </h2>
        ) : (
          <header className="dialog-head">
            <div className="grow">
              <h1 id={titleId} tabIndex={-1}>
                {title}
              </h1>
              {lead !== undefined && <div className="dialog-lead">{lead}</div>}
            </div>
            <IconButton label={say.actions.close} onClick={onClose}>
              <X size={16} />
            </IconButton>
          </header>
        )}
        {kind === 'palette' ? children : <div className="dialog-content scroll">{children}</div>}
        {footer !== undefined && <footer className="dialog-foot">{footer}</footer>}
      </div>
    </dialog>
  );
}
