import type { ReactElement } from 'react';
import { say } from '../locales/say';
import { connectivityTable, type ConnectivityCell } from '../lib/connectivity-cells';
import { StateMark, type Mark } from './state-mark';
import './connectivity-matrix.css';

const MARKS: { readonly [state in ConnectivityCell['state']]: Mark } = { open: 'good', closed: 'bad', 'no-network': 'warn', 'no-port': 'off', 'not-running': 'none' };

/** Who reaches whom: a row for who asks, a column for who is asked, and beneath it what is not open, in words. */
export function ConnectivityMatrix({ cells }: { readonly cells: readonly ConnectivityCell[] }): ReactElement {
  const { columns, rows } = connectivityTable(cells);
  const trouble = cells.filter((cell) => cell.state !== 'open');
  return (
    <>
      <table className="matrix" data-testid="matrix" aria-label={say.connectivity.table}>
        <thead>
          <tr>
            <th scope="col">{say.connectivity.corner}</th>
            {columns.map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.from}>
              <th scope="row">{row.from}</th>
              {row.cells.map((ways, index) => (
                <td key={index} data-testid={`cell-${row.from}-${columns[index] ?? ''}`} data-state={worst(ways)} title={ways.map((way) => way.detail).join('\n') || undefined}>
                  {ways.length === 0 && (
                    <>
                      <span aria-hidden="true">·</span>
                      <span className="hidden-text">{say.connectivity.notNeeded}</span>
                    </>
                  )}
                  {ways.map((way) => (
                    <div key={`${way.host} ${way.port}`} className="matrix-cell">
                      <StateMark mark={MARKS[way.state]} />
                      {say.connectivity.states[way.state]}
                      {way.port > 0 && <span className="faint">{way.port}</span>}
                    </div>
                  ))}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {trouble.length > 0 && (
        <ul className="matrix-trouble" data-testid="matrix-trouble">
          {trouble.map((cell) => (
            <li key={`${cell.from} ${cell.to} ${cell.port}`}>
              <StateMark mark={MARKS[cell.state]} />
              <span className="selectable">
                <strong>{say.connectivity.way(cell.from, cell.to)}</strong> {cell.detail}
              </span>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

function worst(ways: readonly ConnectivityCell[]): string {
  return (['closed', 'no-network', 'not-running', 'no-port', 'open'] as const).find((state) => ways.some((way) => way.state === state)) ?? 'none';
}
