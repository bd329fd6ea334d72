import { create } from 'zustand';
import type { AppError } from '@shared/kernel/app-error';
import type { Project } from '../../lib/model';
import { createScreen, type Screen } from './screen';

/** One terminal: the shell of a service, or the commands that were run in one. */
export interface Session {
  readonly id: string;
  readonly kind: 'shell' | 'command';
  readonly projectId: string;
  readonly projectName: string;
  readonly service: string;
  readonly state: 'starting' | 'running' | 'ended';
  readonly exitCode: number | null;
  readonly error: AppError | null;
}

interface Terminals {
  readonly sessions: readonly Session[];
  readonly active: string | null;
}

/** As many as one person follows; each is a process in a container and a stream of the window. */
const MOST_TERMINALS = 8;

/** The terminals of the window. They outlive the drawer: closing it hides them. */
export const useTerminals = create<Terminals>()(() => ({ sessions: [], active: null }));

/** What is drawn, by session. */
const screens = new Map<string, Screen>();
let lastId = 0;

export function screenOf(id: string): Screen | undefined {
  return screens.get(id);
}

export function chooseTerminal(active: string): void {
  useTerminals.setState({ active });
}

function change(id: string, part: Partial<Session>): void {
  useTerminals.setState(({ sessions }) => ({ sessions: sessions.map((one) => (one.id === id ? { ...one, ...part } : one)) }));
}

function add(kind: Session['kind'], project: Pick<Project, 'id' | 'name'>, service: string): string | null {
  const { sessions } = useTerminals.getState();
  if (sessions.length >= MOST_TERMINALS) return null;
  const id = `terminal-${String((lastId += 1))}`;
  const told = {
    onStarted: () => change(id, { state: 'running' }),
    onEnded: (exitCode: number | null, error: AppError | null) => change(id, { state: 'ended', exitCode, error }),
  };
  screens.set(id, createScreen({ projectId: project.id, service, kind, ...told }));
  const session: Session = { id, kind, projectId: project.id, projectName: project.name, service, state: 'starting', exitCode: null, error: null };
  useTerminals.setState({ sessions: [...sessions, session], active: id });
  return id;
}

/** Opens another shell of a service. False when too many are open. */
export function openShell(project: Pick<Project, 'id' | 'name'>, service: string): boolean {
  return add('shell', project, service) !== null;
}

/** The shell of a service that runs already, or a new one. */
export function showShell(project: Pick<Project, 'id' | 'name'>, service: string): boolean {
  const known = useTerminals.getState().sessions.find((one) => one.kind === 'shell' && one.projectId === project.id && one.service === service && one.state !== 'ended');
  if (known === undefined) return openShell(project, service);
  chooseTerminal(known.id);
  return true;
}

/** Runs one line in a service: in the tab of its commands, unless one of them still runs there. */
export function runLine(project: Pick<Project, 'id' | 'name'>, service: string, line: string): boolean {
  const free = useTerminals.getState().sessions.find((one) => one.kind === 'command' && one.projectId === project.id && one.service === service && one.state === 'ended');
  const id = free?.id ?? add('command', project, service);
  if (id === null) return false;
  change(id, { state: 'starting', exitCode: null, error: null });
  chooseTerminal(id);
  screens.get(id)?.run(line);
  return true;
}

/** Starts a shell that has ended once more, on the same screen. */
export function startAgain(id: string): void {
  change(id, { state: 'starting', exitCode: null, error: null });
  screens.get(id)?.start();
}

/** Ends what runs in it, and takes it away. */
export function closeTerminal(id: string): void {
  screens.get(id)?.close();
  screens.delete(id);
  useTerminals.setState(({ sessions, active }) => {
    const at = sessions.findIndex((one) => one.id === id);
    const left = sessions.filter((one) => one.id !== id);
    return { sessions: left, active: active === id ? (left[Math.min(at, left.length - 1)]?.id ?? null) : active };
  });
}
