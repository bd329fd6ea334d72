import type { ReactElement } from 'react';
import { sparklinePath } from '../lib/sparkline';
import './sparkline.css';

const WIDTH = 44;
const HEIGHT = 14;
const SLOTS = 30;

/** A line of the last minute beside a number that says the same; hidden from screen readers. `floor`: the least value that fills the height. */
export function Sparkline({ values, floor }: { readonly values: readonly (number | null)[]; readonly floor: number }): ReactElement {
  return (
    <svg className="sparkline" width={WIDTH} height={HEIGHT} viewBox={`0 -1 ${WIDTH} ${HEIGHT + 2}`} aria-hidden="true">
      <path d={sparklinePath(values, SLOTS, WIDTH, HEIGHT, floor)} />
    </svg>
  );
}
