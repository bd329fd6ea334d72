import { useEffect, useState, type ReactElement } from 'react';
import type { AppError } from '@shared/kernel/app-error';
import { call, subscribe, toAppError } from '../../lib/client';
import type { Service } from '../../lib/model';
import { useVisible } from '../../lib/use-visible';
import { takeLanguage } from '../../locales/language';
import { logsWords as words } from '../../locales/en/logs';
import { say } from '../../locales/say';
import { Button } from '../../ui/button';
import { ErrorBox } from '../../ui/error-box';
import { LogViewer } from '../../ui/log-viewer/log-viewer';
import './logs-window.css';

/** Logs that have a window to themselves: of one service, of several, or of all of a project. */
export function LogsWindow({ projectId, services }: { readonly projectId: string; readonly services: readonly string[] }): ReactElement {
  const { name, all, error, again } = useProject(projectId);
  const visible = useVisible();
  const shown = services.length === 0 ? all : services;
  useEffect(() => {
    document.title = `${words.windowTitle(name, services)} – ${say.app.name}`;
  }, [name, services]);
  return (
    <main className="logs-window" data-testid="logs-window">
      <h1 className="hidden-text">{words.windowTitle(name, services)}</h1>
      {error !== null && <ErrorBox error={error} actions={<Button size="small" onClick={again}>{say.actions.retry}</Button>} />}
      <LogViewer source={{ kind: 'services', projectId, services }} services={shown} visible={visible} label={services.length === 1 ? words.label(services[0] ?? '') : words.labelAll(name)} fileName={words.fileName(name === '' ? 'berth' : name, services)} canPopOut={false} ownsKeys />
    </main>
  );
}

/** The name of the project and its services, as they change. */
function useProject(projectId: string): { readonly name: string; readonly all: readonly string[]; readonly error: AppError | null; readonly again: () => void } {
  const [name, setName] = useState('');
  const [all, setAll] = useState<readonly string[]>([]);
  const [error, setError] = useState<AppError | null>(null);
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    let gone = false;
    const namesOf = (list: readonly Pick<Service, 'name'>[]): void => setAll((before) => (list.length === before.length && list.every((one, index) => one.name === before[index]) ? before : list.map((one) => one.name)));
    const unsubscribe = subscribe((events) => {
      for (const { event } of events) {
        if (event.type === 'services.changed' && event.projectId === projectId) namesOf(event.services.services);
        if (event.type === 'settings.changed' && event.key === 'window.language') takeLanguage(event.value);
      }
    });
    Promise.all([call('projects.list', {}), call('services.list', { project: projectId })]).then(
      ([projects, list]) => {
        if (gone) return;
        setError(null);
        setName(projects.find((one) => one.id === projectId)?.name ?? '');
        namesOf(list.services);
      },
      (thrown: unknown) => void (gone || setError(toAppError(thrown))),
    );
    return () => {
      gone = true;
      unsubscribe();
    };
  }, [projectId, turn]);
  return { name, all, error, again: () => setTurn(turn + 1) };
}
