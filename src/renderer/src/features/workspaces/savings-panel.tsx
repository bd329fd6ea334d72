import type { ReactElement } from 'react';
import { workspacesWords as words } from '../../locales/en/workspaces';
import { mebibytes, thousands } from '../../lib/format';
import { Ago } from '../../ui/time';
import { savedBy, savedWords } from './workspaces-answer';
import type { PanelProps } from './workspaces-panels';

/** How much smaller the bucket is than the folder, in all and by workspace, and what went over the wire for it. */
export function SavingsPanel({ status }: PanelProps): ReactElement {
  const { totals, traffic } = status;
  const size = (bytes: number | undefined): string => (bytes === undefined ? '–' : mebibytes(bytes));
  return (
    <div className="page-content scroll ws-panel" tabIndex={0} role="region" aria-label={words.savings.label} data-testid="savings-panel">
      <p className="ws-tile">
        <strong data-testid="savings-total">{savedWords(totals.savingsPercent)}</strong>
        <span className="dim">{totals.savingsPercent === null ? words.savings.none : words.savings.total}</span>
      </p>
      <table className="grid-table ws-savings" aria-label={words.savings.label} data-testid="savings-table">
        <thead>
          <tr>
            <th>{words.savings.workspace}</th>
            <th className="number">{words.savings.local}</th>
            <th className="number">{words.savings.bucket}</th>
            <th className="number">{words.savings.saved}</th>
          </tr>
        </thead>
        <tbody>
          {status.workspaces.map((one) => (
            <tr key={one.name}>
              <td className="selectable">{one.name}</td>
              <td className="number">{size(one.whole?.bytes)}</td>
              <td className="number">{size(one.bucket?.bytes)}</td>
              <td className="number" data-testid={`saved-${one.name}`}>
                {savedBy(one)}
              </td>
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">{words.savings.sum}</th>
            <td className="number">{mebibytes(totals.wholeBytes)}</td>
            <td className="number">{mebibytes(totals.bucketBytes)}</td>
            <td className="number">{savedWords(totals.savingsPercent)}</td>
          </tr>
        </tfoot>
      </table>
      <p className="faint ws-note">{words.savings.text}</p>
      <section className="ws-section">
        <h2>
          {words.savings.traffic}{' '}
          <span className="faint">
            {words.savings.since} <Ago at={traffic.since} />
          </span>
        </h2>
        <dl className="ws-traffic" data-testid="traffic">
          <dt>{words.savings.sent}</dt>
          <dd>{mebibytes(traffic.bytesSent)}</dd>
          <dt>{words.savings.puts}</dt>
          <dd>{thousands(traffic.puts)}</dd>
          <dt>{words.savings.deletes}</dt>
          <dd>{thousands(traffic.deletes)}</dd>
          <dt>{words.savings.lists}</dt>
          <dd>{thousands(traffic.lists)}</dd>
        </dl>
        <p className="faint ws-note">{words.savings.npm}</p>
      </section>
    </div>
  );
}
