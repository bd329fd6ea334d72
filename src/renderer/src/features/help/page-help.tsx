import { useMemo, type ReactElement } from 'react';
import guideText from '../../../../../docs/troubleshooting.md?raw';
import { helpWords as words } from '../../locales/en/help';
import { say } from '../../locales/say';
import { readGuide } from '../../lib/guide';
import { goToSettings, setUi, useStore, type Page } from '../../lib/store';
import { Button } from '../../ui/button';
import { Dialog } from '../../ui/dialog';
import { StateMark, type Mark } from '../../ui/state-mark';
import { CodeList } from './help-text';
import './help.css';

/** The help of one page, beside it. */
export function PageHelp({ page }: { readonly page: Page }): ReactElement {
  const tab = useStore((state) => state.ui.filesTab);
  const codes = words.pages[page].codes;
  const own = page === 'files' && tab !== 'files' ? words.filesTabs[tab] : null;
  const help = own ?? words.pages[page];
  const sections = useMemo(() => readGuide(guideText).sections.filter(({ code }) => codes.some((beginning) => code.startsWith(beginning))), [codes]);
  const keys = say.shortcuts.rows[page] ?? [];
  const close = (): void => setUi({ help: false });
  return (
    <Dialog
      kind="sheet"
      title={words.title(own?.name ?? say.pages[page])}
      lead={help.question}
      onClose={close}
      testId="page-help"
      footer={
        <>
          <span className="grow" />
          <Button onClick={() => setUi({ help: false, shortcuts: true })}>{words.allKeys}</Button>
          <Button
            data-testid="help-all"
            onClick={() => {
              close();
              goToSettings('help');
            }}
          >
            {words.more}
          </Button>
        </>
      }
    >
      <div className="help-page selectable">
        {help.text.map((text) => (
          <p key={text}>{text}</p>
        ))}
        <h2>{words.marks}</h2>
        <MarkList marks={help.marks} />
        {keys.length > 0 && (
          <>
            <h2>{words.keys}</h2>
            <ul>
              {keys.map(([key, what]) => (
                <li key={key} className="help-mark">
                  <kbd>{key}</kbd>
                  <span>{what}</span>
                </li>
              ))}
            </ul>
          </>
        )}
        {sections.length > 0 && (
          <>
            <h2>{words.troubles}</h2>
            <CodeList sections={sections} />
          </>
        )}
      </div>
    </Dialog>
  );
}

/** The marks of a page with their words. */
export function MarkList({ marks }: { readonly marks: readonly (readonly [mark: Mark, words: string])[] }): ReactElement {
  return (
    <ul>
      {marks.map(([mark, what]) => (
        <li key={mark} className="help-mark">
          <StateMark mark={mark} />
          <span>{what}</span>
        </li>
      ))}
    </ul>
  );
}
