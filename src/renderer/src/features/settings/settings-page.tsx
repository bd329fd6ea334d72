import { useEffect, useRef, useState, type ReactElement } from 'react';
import { say } from '../../locales/say';
import { appWindow, call } from '../../lib/client';
import type { DoctorReport, Engine, Project, Setting } from '../../lib/model';
import { chooseTheme, type Theme } from '../../lib/store';
import { attempt } from '../../lib/switch-flow';
import { doctorFix, loadSettings } from '../../lib/sync';
import { useAnswer } from '../../lib/use-answer';
import type { AppInfo } from '../../../../preload/api';
import { Button } from '../../ui/button';
import { FilterBox } from '../../ui/filter-box';
import { PageHead } from '../../ui/page-head';
import { StateMark } from '../../ui/state-mark';
import { SettingList } from './setting-list';
import './settings-page.css';

const THEMES: readonly Theme[] = ['system', 'light', 'dark'];

interface SettingsPageProps {
  readonly theme: Theme;
  readonly engine: Engine | null;
  readonly doctor: DoctorReport | null;
  readonly projects: readonly Project[] | null;
  readonly settings: readonly Setting[] | null;
}

/** How the window looks, every setting, what engine it works with, what this machine lacks, which projects it knows. */
export function SettingsPage({ theme, engine, doctor, projects, settings }: SettingsPageProps): ReactElement {
  const [filter, setFilter] = useState('');
  const filterInput = useRef<HTMLInputElement>(null);
  const asked = useAnswer(loadSettings);
  const changed = settings?.filter((setting) => setting.value !== setting.default).length ?? 0;
  const everything = filter.trim() === '';
  return (
    <div className="page" data-testid="page-settings">
      <PageHead sentence={say.settings.sentence} detail={settings === null ? undefined : say.settings.changed(changed)}>
        <FilterBox value={filter} onChange={setFilter} label={say.settings.filter} inputRef={filterInput} testId="settings-filter" />
      </PageHead>
      <div className="page-content scroll settings">
        {everything && <Appearance theme={theme} />}
        <SettingList settings={settings} error={asked.error} again={asked.again} filter={filter.trim()} filterInput={filterInput} onClear={() => setFilter('')} />
        {everything && (
          <>
            <EngineFacts engine={engine} />
            {doctor !== null && doctor.checks.length > 0 && <Machine doctor={doctor} />}
            <Projects projects={projects} />
            <About />
          </>
        )}
      </div>
    </div>
  );
}

function Appearance({ theme }: { readonly theme: Theme }): ReactElement {
  return (
    <section>
      <h2>{say.settings.appearance}</h2>
      <div className="setting">
        <span id="theme-label">{say.settings.theme}</span>
        <div className="choices" role="radiogroup" aria-labelledby="theme-label">
          {THEMES.map((one) => (
            <label key={one}>
              <input type="radio" name="theme" value={one} checked={theme === one} data-testid={`theme-${one}`} onChange={() => applyTheme(one)} />
              {say.settings.themes[one]}
            </label>
          ))}
        </div>
      </div>
    </section>
  );
}

function EngineFacts({ engine }: { readonly engine: Engine | null }): ReactElement {
  return (
    <section>
      <h2>{say.settings.engine}</h2>
      <dl className="setting-facts selectable">
        <dt>{say.settings.state}</dt>
        <dd className="setting-state">
          <StateMark mark={engine?.state === 'connected' ? 'good' : engine?.state === 'unreachable' ? 'bad' : 'busy'} />
          {engine === null ? say.settings.states.connecting : say.settings.states[engine.state]}
        </dd>
        {engine !== null && engine.endpoint !== '' && (
          <>
            <dt>{say.settings.endpoint}</dt>
            <dd className="mono">{engine.endpoint}</dd>
          </>
        )}
        {engine?.state === 'connected' && (
          <>
            <dt>{say.settings.version}</dt>
            <dd>
              {engine.version} (API {engine.apiVersion})
            </dd>
          </>
        )}
      </dl>
    </section>
  );
}

function Machine({ doctor }: { readonly doctor: DoctorReport }): ReactElement {
  return (
    <section>
      <h2>{say.settings.checks}</h2>
      <ul>
        {doctor.checks.map((check) => (
          <li key={check.name} className="setting">
            <StateMark mark={check.ok ? 'good' : 'warn'} />
            <span className="setting-name">{check.name}</span>
            <span className="grow dim selectable">{check.detail}</span>
            {check.fix !== undefined && !check.ok && (
              <Button size="small" onClick={() => void doctorFix(check.name)}>
                {check.fix}
              </Button>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Projects({ projects }: { readonly projects: readonly Project[] | null }): ReactElement {
  return (
    <section>
      <h2>{say.settings.projects}</h2>
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
    </section>
  );
}

function About(): ReactElement {
  const [info, setInfo] = useState<AppInfo | null>(null);
  useEffect(() => {
    appWindow.info().then(setInfo, () => undefined);
  }, []);
  return (
    <section>
      <h2>{say.settings.about}</h2>
      <dl className="setting-facts selectable">
        <dt>{say.settings.appVersion}</dt>
        <dd>{info?.version ?? '–'}</dd>
        <dt>Electron</dt>
        <dd>{info === null ? '–' : `${info.electron} · Chromium ${info.chromium} · Node ${info.node} · ${info.platform}`}</dd>
        <dt>{say.settings.stateDir}</dt>
        <dd className="mono">{info?.stateDir ?? '–'}</dd>
      </dl>
    </section>
  );
}

/** Takes the theme over in the page and in the app, which owns the window's frame and background. */
export function applyTheme(theme: Theme): void {
  chooseTheme(theme);
  void appWindow.setTheme(theme).catch(() => undefined);
}
