import { useRef, type ReactElement } from 'react';
import { filesWords as words } from '../../locales/en/files';
import { useRowKeys } from '../../lib/use-row-keys';
import type { FileKind, ListedFile } from './files-store';

const KINDS: readonly FileKind[] = ['compose', 'env', 'dockerfile', 'ignore', 'settings', 'storage', 'manifest'];

/** The files of the project, by what they are. */
export function FileList({ files, active, unsaved, onOpen }: { readonly files: readonly ListedFile[]; readonly active: string | null; readonly unsaved: ReadonlySet<string>; readonly onOpen: (file: ListedFile) => void }): ReactElement {
  const list = useRef<HTMLElement>(null);
  useRowKeys(list);
  return (
    <nav ref={list} className="file-list scroll" aria-label={words.list} data-testid="file-list">
      {KINDS.map((kind) => {
        const own = files.filter((one) => one.kind === kind);
        if (own.length === 0) return null;
        return (
          <section key={kind}>
            <h2>{words.kinds[kind] ?? kind}</h2>
            <ul>
              {own.map((one) => (
                <li key={one.file}>
                  <button type="button" className="file-item" data-row data-testid={`file-${one.path}`} data-missing={!one.exists} aria-current={one.file === active ? 'true' : undefined} title={`${one.path}\n${usersText(one)}`} onClick={() => onOpen(one)}>
                    <span className="ellipsis">{one.path}</span>
                    {unsaved.has(one.file) && <UnsavedMark />}
                    {!one.exists && <span className="faint file-note">{words.missing}</span>}
                  </button>
                </li>
              ))}
            </ul>
          </section>
        );
      })}
    </nav>
  );
}

/** A dot that says so. */
export function UnsavedMark(): ReactElement {
  return (
    <span className="unsaved-mark" title={words.unsavedMark}>
      <span className="hidden-text">{words.unsavedMark}</span>
    </span>
  );
}

/** Who uses a file, in words. */
export function usersText({ usedBy }: Pick<ListedFile, 'usedBy'>): string {
  return usedBy.length === 0 ? words.unused : words.usedBy(usedBy.map(({ mode, services }) => words.ofMode(mode, services)).join(', '));
}
