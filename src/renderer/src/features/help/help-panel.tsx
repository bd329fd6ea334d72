import { useMemo, useRef, useState, type ReactElement, type ReactNode } from 'react';
import guideText from '../../../../../docs/troubleshooting.md?raw';
import { helpWords as words } from '../../locales/en/help';
import { say } from '../../locales/say';
import { filterGuide, readGuide } from '../../lib/guide';
import { goTo, PAGES } from '../../lib/store';
import { useRowKeys } from '../../lib/use-row-keys';
import { Button } from '../../ui/button';
import { EmptyState } from '../../ui/empty-state';
import { FilterBox } from '../../ui/filter-box';
import { PageHead } from '../../ui/page-head';
import { pagesWith } from './help-search';
import { CodeList, HelpText } from './help-text';
import { MarkList } from './page-help';
import './help.css';

/** So many codes are few enough to be read at once. */
const OPEN_UP_TO = 8;

/** All help there is, to be searched: what each page answers, what to do about what one sees, every code. */
export function HelpPanel(): ReactElement {
  const [filter, setFilter] = useState('');
  const input = useRef<HTMLInputElement>(null);
  const body = useRef<HTMLDivElement>(null);
  useRowKeys(body, input);
  const guide = useMemo(() => readGuide(guideText), []);
  const found = useMemo(() => filterGuide(guide, filter), [guide, filter]);
  const pages = PAGES.filter((page) => pagesWith(words.pages[page], say.pages[page], filter));
  const findings = found.sections.filter((section) => section.kind === 'finding');
  const errors = found.sections.filter((section) => section.kind === 'error');
  const open = filter.trim() !== '' && found.sections.length <= OPEN_UP_TO;
  return (
    <>
      <PageHead sentence={words.sentence} detail={words.lead}>
        <FilterBox value={filter} onChange={setFilter} label={words.filter} inputRef={input} testId="help-filter" />
      </PageHead>
      <div ref={body} className="page-content scroll help-panel" tabIndex={0} role="region" aria-label={words.sentence} data-testid="help-panel">
        {pages.length + found.symptoms.length + found.sections.length === 0 && <EmptyState title={words.nothing(filter.trim())} actions={<Button onClick={() => setFilter('')}>{words.clear}</Button>} />}
        {pages.length > 0 && (
          <Part title={words.pagesTitle}>
            {pages.map((page) => (
              <article key={page} className="help-entry" data-row tabIndex={-1} aria-label={say.pages[page]} data-testid={`help-page-${page}`} onKeyDown={(event) => event.key === 'Enter' && event.target === event.currentTarget && goTo(page)}>
                <div className="grow selectable">
                  <h3>
                    {say.pages[page]}: {words.pages[page].question}
                  </h3>
                  {words.pages[page].text.map((text) => (
                    <p key={text}>{text}</p>
                  ))}
                  <MarkList marks={words.pages[page].marks} />
                </div>
                <Button size="small" aria-label={words.open(say.pages[page])} onClick={() => goTo(page)}>
                  {words.open(say.pages[page])}
                </Button>
              </article>
            ))}
          </Part>
        )}
        {found.symptoms.length > 0 && (
          <Part title={words.symptoms}>
            {found.symptoms.map(({ see, look, then }) => (
              <article key={see} className="help-entry">
                <div className="grow selectable">
                  <h3>{see}</h3>
                  <p>
                    <span className="faint">{words.look} </span>
                    <HelpText text={look} />
                  </p>
                  <p>
                    <span className="faint">{words.then} </span>
                    <HelpText text={then} />
                  </p>
                </div>
              </article>
            ))}
          </Part>
        )}
        {findings.length > 0 && (
          <Part title={words.findings}>
            <CodeList key={String(open)} sections={findings} open={open} />
          </Part>
        )}
        {errors.length > 0 && (
          <Part title={words.errors}>
            <CodeList key={String(open)} sections={errors} open={open} />
          </Part>
        )}
      </div>
    </>
  );
}

function Part({ title, children }: { readonly title: string; readonly children: ReactNode }): ReactElement {
  return (
    <section>
      <h2>{title}</h2>
      {children}
    </section>
  );
}
