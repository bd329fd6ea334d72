import type { ReactElement } from 'react';

const MIN_HEIGHT = 160;
const STEP = 32;

/** The upper edge of the drawer: dragged, or moved with the arrow keys. */
export function DrawerGrip({ height, onChange, label }: { readonly height: number; readonly onChange: (height: number) => void; readonly label: string }): ReactElement {
  const limit = (wanted: number): number => Math.round(Math.max(MIN_HEIGHT, Math.min(window.innerHeight - 220, wanted)));
  return (
    <div
      className="drawer-grip"
      role="separator"
      aria-orientation="horizontal"
      aria-label={label}
      aria-valuenow={height}
      aria-valuemin={MIN_HEIGHT}
      aria-valuemax={Math.max(MIN_HEIGHT, window.innerHeight - 220)}
      tabIndex={0}
      onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
      onPointerMove={(event) => event.currentTarget.hasPointerCapture(event.pointerId) && onChange(limit(window.innerHeight - event.clientY))}
      onKeyDown={(event) => {
        if (event.key === 'ArrowUp') onChange(limit(height + STEP));
        if (event.key === 'ArrowDown') onChange(limit(height - STEP));
      }}
    />
  );
}
