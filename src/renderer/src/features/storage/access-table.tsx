import type { ReactElement } from 'react';
import { say } from '../../locales/say';
import { storageWords as words } from '../../locales/en/storage';
import { inProject } from '../../lib/format';
import { setUi } from '../../lib/store';
import type { StorageConflicts } from './storage-answer';

/** Every access to S3 that was found, with where it is said. */
export function AccessTable({ accesses, dir }: { readonly accesses: StorageConflicts['accesses']; readonly dir: string }): ReactElement | null {
  if (accesses.length === 0) return null;
  return (
    <section className="storage-section">
      <h2>{words.conflicts.accesses}</h2>
      <table className="grid-table accesses" data-testid="accesses" aria-label={words.conflicts.accesses}>
        <thead>
          <tr>
            <th>{words.conflicts.who}</th>
            <th>{words.conflicts.how}</th>
            <th>{words.conflicts.what}</th>
            <th>{words.conflicts.where}</th>
            <th>{say.ports.where}</th>
          </tr>
        </thead>
        <tbody>
          {accesses.map((access, index) => {
            const { where } = access;
            const place = where === undefined ? '' : say.findings.line(inProject(where.file, dir), where.line);
            return (
              <tr key={index}>
                <td>{access.container}</td>
                <td>
                  {words.conflicts.roles[access.mode]}: {access.verbs.map((verb) => words.conflicts.verbs[verb]).join(', ')}
                </td>
                <td className="selectable" title={access.endpoint}>
                  <code>{[access.bucket, access.prefix].filter((part) => part !== '').join('/')}</code>
                  {!access.certain && <span className="faint"> {words.conflicts.possible}</span>}
                </td>
                <td className="selectable">
                  <code>{access.place}</code>
                </td>
                <td>
                  {where !== undefined && (
                    <button type="button" className="storage-link" aria-label={say.source.show(place)} onClick={() => setUi({ source: where })}>
                      <code>{place}</code>
                    </button>
                  )}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}
