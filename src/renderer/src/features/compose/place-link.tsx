import type { ReactElement } from 'react';
import type { Where } from '@shared/kernel/app-error';
import { say } from '../../locales/say';
import { inProject } from '../../lib/format';

/** A file and a line that can be looked at. */
export function PlaceLink({ where, dir, onShow, words }: { readonly where: Where; readonly dir: string; readonly onShow: (where: Where) => void; /** Said instead of the place. */ readonly words?: string }): ReactElement {
  const place = say.findings.line(inProject(where.file, dir).replace(/^\.\//, ''), where.line);
  return (
    <button type="button" data-row className="place-link" title={where.file} onClick={() => onShow(where)}>
      {words === undefined ? <code>{place}</code> : words}
      <span className="hidden-text"> {words === undefined ? say.source.showIt : say.source.shows(place)}</span>
    </button>
  );
}
