import type { ReactElement } from 'react';
import './drawer-grip.css';

const STEP = 32;

interface DrawerGripProps {
  /** Pixels. */
  readonly height: number;
  readonly lowest: number;
  /** The highest the drawer may be now. */
  readonly highest: () => number;
  readonly onChange: (height: number) => void;
  readonly label: string;
}

/** The upper edge of a drawer, as its first child: dragged, or moved with the arrow keys. */
export function DrawerGrip({ height, lowest, highest, onChange, label }: DrawerGripProps): ReactElement {
  const limit = (wanted: number): number => Math.round(Math.max(lowest, Math.min(highest(), wanted)));
  return (
    <div
      className="drawer-grip"
      role="separator"
      aria-orientation="horizontal"
      aria-label={label}
      aria-valuenow={limit(height)}
      aria-valuemin={lowest}
      aria-valuemax={Math.max(lowest, highest())}
      tabIndex={0}
      onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
      onPointerMove={(event) => {
        const drawer = event.currentTarget.parentElement;
        if (drawer !== null && event.currentTarget.hasPointerCapture(event.pointerId)) onChange(limit(drawer.getBoundingClientRect().bottom - event.clientY));
      }}
      onKeyDown={(event) => {
        if (event.key !== 'ArrowUp' && event.key !== 'ArrowDown') return;
        event.preventDefault();
        onChange(limit(limit(height) + (event.key === 'ArrowUp' ? STEP : -STEP)));
      }}
    />
  );
}
