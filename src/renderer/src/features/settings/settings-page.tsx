import { useEffect, useState, type ReactElement } from 'react';
import { en } from '../../locales/en';
import { appWindow, call } from '../../lib/client';
import type { DoctorReport, Engine, Project } from '../../lib/model';
import { chooseTheme, type Theme } from '../../lib/store';
import { attempt } from '../../lib/switch-flow';
import { doctorFix } from '../../lib/sync';
import type { AppInfo } from '../../../../preload/api';
import { Button } from '../../ui/button';
import { PageHead } from '../../ui/page-head';
import { StateMark } from '../../ui/state-mark';
import './settings-page.css';

const THEMES: readonly Theme[] = ['system', 'light', 'dark'];

/** How the window looks, what engine it works with, what this machine lacks, which projects it knows. */
export function SettingsPage({ theme, engine, doctor, projects }: { readonly theme: Theme; readonly engine: Engine | null; readonly doctor: DoctorReport | null; readonly projects: readonly Project[] | null }): ReactElement {
  const [info, setInfo] = useState<AppInfo | null>(null);
  useEffect(() => {
    appWindow.info().then(setInfo, () => undefined);
  }, []);
  return (
    <div className="page" data-testid="page-settings">
      <PageHead sentence={en.settings.sentence} />
      <div className="page-content scroll settings">
        <section>
          <h2>{en.settings.appearance}</h2>
          <div className="setting">
            <span id="theme-label">{en.settings.theme}</span>
            <div className="choices" role="radiogroup" aria-labelledby="theme-label">
              {THEMES.map((one) => (
                <label key={one}>
                  <input type="radio" name="theme" value={one} checked={theme === one} data-testid={`theme-${one}`} onChange={() => applyTheme(one)} />
                  {en.settings.themes[one]}
                </label>
              ))}
            </div>
          </div>
        </section>
        <section>
          <h2>{en.settings.engine}</h2>
          <dl className="setting-facts selectable">
            <dt>{en.settings.state}</dt>
            <dd className="setting-state">
              <StateMark mark={engine?.state === 'connected' ? 'good' : engine?.state === 'unreachable' ? 'bad' : 'busy'} />
              {engine === null ? en.settings.states.connecting : en.settings.states[engine.state]}
            </dd>
            {engine !== null && engine.endpoint !== '' && (
              <>
                <dt>{en.settings.endpoint}</dt>
                <dd className="mono">{engine.endpoint}</dd>
              </>
            )}
            {engine?.state === 'connected' && (
              <>
                <dt>{en.settings.version}</dt>
                <dd>
                  {engine.version} (API {engine.apiVersion})
                </dd>
              </>
            )}
          </dl>
        </section>
        {doctor !== null && doctor.checks.length > 0 && (
          <section>
            <h2>{en.settings.checks}</h2>
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
        )}
        <section>
          <h2>{en.settings.projects}</h2>
          {projects?.length === 0 && <p className="dim">{en.settings.noProjects}</p>}
          <ul>
            {projects?.map((project) => (
              <li key={project.id} className="setting">
                <span className="setting-name">{project.name}</span>
                <span className="grow faint ellipsis selectable" title={project.dir}>
                  {project.dir}
                </span>
                <span className="dim">{project.trusted ? en.settings.trusted : en.settings.notTrusted}</span>
                <Button size="small" title={en.settings.forgetHint} onClick={() => void attempt(() => call('projects.forget', { id: project.id }))}>
                  {en.settings.forget}
                </Button>
              </li>
            ))}
          </ul>
          <p className="faint setting-hint">{en.settings.forgetHint}</p>
        </section>
        <section>
          <h2>{en.settings.about}</h2>
          <dl className="setting-facts selectable">
            <dt>{en.settings.appVersion}</dt>
            <dd>{info?.version ?? '–'}</dd>
            <dt>Electron</dt>
            <dd>{info === null ? '–' : `${info.electron} · Chromium ${info.chromium} · Node ${info.node} · ${info.platform}`}</dd>
            <dt>{en.settings.stateDir}</dt>
            <dd className="mono">{info?.stateDir ?? '–'}</dd>
          </dl>
        </section>
      </div>
    </div>
  );
}

/** Takes the theme over in the page and in the app, which owns the window's frame and background. */
export function applyTheme(theme: Theme): void {
  chooseTheme(theme);
  void appWindow.setTheme(theme).catch(() => undefined);
}
