import { Tabs } from 'radix-ui';
import type { ReactElement } from 'react';
import { say } from '../locales/say';
import { machineWords } from '../locales/en/machine';
import type { DoctorReport, Engine, Project, Setting } from '../lib/model';
import { SETTINGS_TABS, setUi, type SettingsTab } from '../lib/store';
import { DoctorPanel } from '../features/doctor/doctor-panel';
import { HelpPanel } from '../features/help/help-panel';
import { SettingsPanel } from '../features/settings/settings-panel';
import '../ui/page-tabs.css';

interface SettingsPageProps {
  readonly tab: SettingsTab;
  readonly engine: Engine | null;
  readonly doctor: DoctorReport | null;
  readonly projects: readonly Project[] | null;
  readonly settings: readonly Setting[] | null;
}

/** How Berth works, what this machine lacks for it, and what everything means. */
export function SettingsPage({ tab, engine, doctor, projects, settings }: SettingsPageProps): ReactElement {
  return (
    <Tabs.Root className="page" data-testid="page-settings" value={tab} onValueChange={(next) => setUi({ settingsTab: SETTINGS_TABS.find((one) => one === next) ?? 'settings' })}>
      <Tabs.List className="page-tabs" aria-label={say.pages.settings}>
        {SETTINGS_TABS.map((one) => (
          <Tabs.Trigger key={one} value={one} data-testid={`settings-${one}`}>
            {machineWords.tabs[one]}
          </Tabs.Trigger>
        ))}
      </Tabs.List>
      <Tabs.Content className="page-tab" value={tab} tabIndex={-1}>
        {tab === 'settings' && <SettingsPanel engine={engine} projects={projects} settings={settings} />}
        {tab === 'machine' && <DoctorPanel report={doctor} />}
        {tab === 'help' && <HelpPanel />}
      </Tabs.Content>
    </Tabs.Root>
  );
}
