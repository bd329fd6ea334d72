import { useEffect, useRef, type ReactElement } from 'react';

/** Whatever is shown in a shadow root: how to take it away again. */
interface Shown {
  destroy(): void;
}

interface ShadowHostProps {
  readonly className: string;
  readonly testId: string;
  /** Puts it into the root. Another function makes it anew (see useCallback). */
  readonly show: (root: ShadowRoot) => Shown;
}

/** A place for an editor: in a shadow root its styles are sheets that a page may adopt without any inline style. Keys without a modifier are typed there, and none of the page's own. */
export function ShadowHost({ className, testId, show }: ShadowHostProps): ReactElement {
  const host = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = host.current;
    if (element === null) return undefined;
    const shown = show(element.shadowRoot ?? element.attachShadow({ mode: 'open' }));
    return () => shown.destroy();
  }, [show]);
  return <div ref={host} className={className} data-testid={testId} onKeyDown={(event) => !event.ctrlKey && !event.metaKey && !event.altKey && !/^(F\d+|Escape)$/.test(event.key) && event.stopPropagation()} />;
}
