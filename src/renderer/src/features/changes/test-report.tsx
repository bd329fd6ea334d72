import type { ReactElement } from 'react';
import type { OutputOf } from '@shared/contract/contract';
import { say } from '../../locales/say';
import { duration } from '../../lib/format';
import { ConnectivityMatrix } from '../../ui/connectivity-matrix';
import { FindingItem } from '../../ui/finding-item';
import { serviceMark, StateMark } from '../../ui/state-mark';

/** What the test of a change found: one sentence, then each service, what the checks say, and who reached whom. */
export function TestReport({ test, current }: { readonly test: OutputOf<'changes.test'>; /** False when files changed since. */ readonly current: boolean }): ReactElement {
  const hasDetail = test.services.some((service) => service.detail !== '');
  return (
    <>
      <p className="tested">
        <StateMark mark={test.ok ? 'good' : 'bad'} />
        <span className="selectable">{test.summary}</span>
        {!current && <span className="faint">{say.changes.outdated}</span>}
      </p>
      {test.services.length > 0 && (
        <table className="grid-table changed-services">
          <thead>
            <tr>
              <th>{say.services.name}</th>
              <th className="short">{say.services.state}</th>
              <th className="short">{say.services.health}</th>
              <th className="number">{say.changes.took}</th>
              {hasDetail && <th>{say.changes.detail}</th>}
            </tr>
          </thead>
          <tbody>
            {test.services.map((service) => (
              <tr key={service.service}>
                <td>
                  <span className="marked">
                    <StateMark mark={serviceMark(service.state, service.health)} />
                    {service.service}
                  </span>
                </td>
                <td>{say.services.states[service.state] ?? service.state}</td>
                <td>{say.services.healths[service.health] ?? service.health}</td>
                <td className="number">{duration(service.tookMs)}</td>
                {hasDetail && <td className="dim">{service.detail}</td>}
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {test.findings.length > 0 && (
        <ul>
          {test.findings.map((finding) => (
            <FindingItem key={finding.id} finding={{ ...finding, fixes: [] }} onFix={() => undefined} />
          ))}
        </ul>
      )}
      {test.connectivity.length > 0 && <ConnectivityMatrix cells={test.connectivity} />}
    </>
  );
}
