import { useEffect, useMemo, useRef, useState, type ReactElement } from 'react';
import { say } from '../../locales/say';
import { machineWords as words } from '../../locales/en/machine';
import { appWindow, call } from '../../lib/client';
import type { Engine, Project, Setting } from '../../lib/model';
import { attempt } from '../../lib/switch-flow';
import { loadSettings } from '../../lib/sync';
import { useAnswer } from '../../lib/use-answer';
import type { AppInfo } from '../../../../preload/api';
import { Button } from '../../ui/button';
import { FilterBox } from '../../ui/filter-box';
import { PageHead } from '../../ui/page-head';
import { EditorChoices } from './editor-choices';
import { EngineSection } from './engine-section';
import { KeepSection } from './keep-section';
import { ReportSection } from './report-section';
import { groupedSettings, inWords } from './setting-groups';
import { sectionId, SettingList } from './setting-list';
import { SettingsIndex } from './settings-index';
import { UpdatesCheck } from './updates-check';
import './settings-panel.css';

interface SettingsPanelProps {
  readonly engine: Engine | null;
  readonly projects: readonly Project[] | null;
  readonly settings: readonly Setting[] | null;
}

const OWN_SECTIONS = ['keep', 'report', 'projects', 'about'] as const;

/** Every setting with what belongs to it, the settings as a file, and which projects Berth knows. */
export function SettingsPanel({ engine, projects, settings: asTold }: SettingsPanelProps): ReactElement {
  const settings = useMemo(() => asTold?.map(inWords) ?? null, [asTold]);
  const [filter, setFilter] = useState('');
  const filterInput = useRef<HTMLInputElement>(null);
  const asked = useAnswer(loadSettings);
  const changed = settings?.filter((setting) => setting.value !== setting.default).length ?? 0;
  const everything = filter.trim() === '';
  const sections = [...groupedSettings(settings ?? []).map(({ group }) => ({ id: group as string, title: say.settings.groups[group] })), ...OWN_SECTIONS.map((id) => ({ id: id as string, title: words.sections[id] }))];
  return (
    <>
      <PageHead sentence={say.settings.sentence} detail={settings === null ? undefined : say.settings.changed(changed)}>
        <FilterBox value={filter} onChange={setFilter} label={say.settings.filter} inputRef={filterInput} testId="settings-filter" />
      </PageHead>
      <div className="settings-frame">
        {everything && <SettingsIndex sections={sections} />}
        <div className="page-content scroll settings" tabIndex={0} role="region" aria-label={words.tabs.settings}>
          <SettingList
            settings={settings}
            error={asked.error}
            again={asked.again}
            filter={filter.trim()}
            filterInput={filterInput}
            onClear={() => setFilter('')}
            lead={(group) => (group === 'engine' ? <EngineSection engine={engine} /> : group === 'updates' ? <UpdatesCheck /> : null)}
            beside={(setting) => (setting.key === 'editor.command' ? <EditorChoices setting={setting} /> : null)}
          />
          {everything && (
            <>
              <Section id="keep">
                <KeepSection />
              </Section>
              <Section id="report">
                <ReportSection />
              </Section>
              <Section id="projects">
                <Projects projects={projects} />
              </Section>
              <Section id="about">
                <About />
              </Section>
            </>
          )}
        </div>
      </div>
    </>
  );
}

function Section({ id, children }: { readonly id: (typeof OWN_SECTIONS)[number]; readonly children: ReactElement }): ReactElement {
  return (
    <section id={sectionId(id)}>
      <h2 tabIndex={-1}>{words.sections[id]}</h2>
      {children}
    </section>
  );
}

function Projects({ projects }: { readonly projects: readonly Project[] | null }): ReactElement {
  return (
    <>
      {projects?.length === 0 && <p className="dim">{say.settings.noProjects}</p>}
      <ul>
        {projects?.map((project) => (
          <li key={project.id} className="setting">
            <span className="setting-name">{project.name}</span>
            <span className="grow faint ellipsis selectable" title={project.dir}>
              {project.dir}
            </span>
            <span className="dim">{project.trusted ? say.settings.trusted : say.settings.notTrusted}</span>
            <Button size="small" title={say.settings.forgetHint} onClick={() => void attempt(() => call('projects.forget', { id: project.id }))}>
              {say.settings.forget}
            </Button>
          </li>
        ))}
      </ul>
      <p className="faint setting-hint">{say.settings.forgetHint}</p>
    </>
  );
}

function About(): ReactElement {
  const [info, setInfo] = useState<AppInfo | null>(null);
  useEffect(() => {
    appWindow.info().then(setInfo, () => undefined);
  }, []);
  return (
    <dl className="setting-facts selectable">
      <dt>{say.settings.appVersion}</dt>
      <dd>{info?.version ?? '–'}</dd>
      <dt>Electron</dt>
      <dd>{info === null ? '–' : `${info.electron} · Chromium ${info.chromium} · Node ${info.node} · ${info.platform}`}</dd>
      <dt>{say.settings.stateDir}</dt>
      <dd className="mono">{info?.stateDir ?? '–'}</dd>
    </dl>
  );
}
