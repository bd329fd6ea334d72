import { useEffect, useMemo, useRef, useState } from 'react';
import type { BerthEvent } from '@shared/contract/events';
import { isKeptWithin } from '@shared/domain/snapshots/kept-within';
import { call, subscribe } from '../lib/client';
import { isDryRun, type Project } from '../lib/model';
import { currentProject, findingsOf } from '../lib/selectors';
import { useStore, type ChecksState } from '../lib/store';
import { loadDrift, loadServices, runChecks } from '../lib/sync';
import type { ProjectFacts } from '../features/home/home-answer';
import { newestFirst } from '../features/snapshots/snapshots-answer';
import { announcedSnapshots } from '../features/snapshots/use-snapshots';
import { storageAnswer } from '../features/storage/storage-answer';
import { announcedStatus } from '../features/storage/use-storage';
import { announcedWorkspaces } from '../features/workspaces/use-workspaces';
import { workspacesAnswer } from '../features/workspaces/workspaces-answer';

/** What is known of every open project. Asked once for each, when the page is opened; after that it is told. */
export function useHomeFacts(projects: readonly Project[]): readonly ProjectFacts[] {
  const model = useStore((state) => state.model);
  const checks = useStore((state) => state.ui.checks);
  const ids = useMemo(() => projects.map((one) => one.id), [projects]);
  useOthers(ids);
  const snapshots = useEach(ids, (project) => call('snapshots.list', { project }), announcedSnapshots);
  const storage = useEach(ids, (project) => call('storage.status', { project }), announcedStatus);
  const workspaces = useEach(ids, (project) => call('workspaces.list', { project }), announcedWorkspaces);
  return projects.map((project): ProjectFacts => {
    const [kept, stored, worked] = [snapshots[project.id], storage[project.id], workspaces[project.id]];
    return {
      project,
      services: model.services[project.id] ?? null,
      conflicts: conflictsOf(checks[project.id]),
      alerts: model.alerts.filter((one) => one.projectId === project.id),
      drifts: model.drifts[project.id] ?? [],
      operations: model.operations?.filter((one) => one.projectId === project.id && !isDryRun(one) && !isKeptWithin(one)) ?? [],
      snapshots: kept == null ? null : { lastAt: newestFirst(kept.snapshots)[0]?.createdAt ?? null, damaged: kept.damaged.length },
      storage: stored == null ? null : storageAnswer(stored, null),
      workspaces: worked == null ? null : workspacesAnswer(worked, project.trusted),
    };
  });
}

function conflictsOf(checks: ChecksState | undefined): ProjectFacts['conflicts'] {
  if (checks?.reports == null) return null;
  const findings = findingsOf(checks);
  return { errors: findings.filter((one) => one.finding.severity === 'error').length, warnings: findings.filter((one) => one.finding.severity === 'warning').length };
}

/** Services, drift and checks of the projects the window is not on: sync.ts keeps those of the one it is on. */
function useOthers(ids: readonly string[]): void {
  const revisions = useStore((state) => state.model.revisions);
  const current = useStore((state) => currentProject(state)?.id);
  const online = useStore((state) => state.model.engine?.state === 'connected');
  const checked = useRef(new Map<string, number>());
  useEffect(() => {
    for (const id of ids) {
      const revision = revisions[id] ?? 0;
      if (id === current || checked.current.get(id) === revision) continue;
      checked.current.set(id, revision);
      void runChecks(id);
    }
  }, [ids, revisions, current]);
  useEffect(() => {
    if (!online) return;
    const { services, drifts } = useStore.getState().model;
    for (const id of ids) {
      if (id === current) continue;
      if (services[id] === undefined) void loadServices(id);
      if (drifts[id] === undefined) void loadDrift(id);
    }
  }, [ids, current, online]);
}

/** One answer for each project; null while there is none, or where it cannot be had. */
function useEach<T>(ids: readonly string[], ask: (id: string) => Promise<T>, told: (events: readonly BerthEvent[], id: string) => T | null): { readonly [id: string]: T | null } {
  const [answers, setAnswers] = useState<{ readonly [id: string]: T | null }>({});
  const online = useStore((state) => state.model.engine?.state === 'connected');
  const how = useRef({ ask, told });
  const asked = useRef(new Map<string, boolean>());
  useEffect(() => {
    how.current = { ask, told };
  });
  useEffect(() => {
    for (const id of ids) {
      // Once, and once more when the engine is there that was not.
      if (asked.current.get(id) === online) continue;
      asked.current.set(id, online);
      how.current.ask(id).then(
        (answer) => setAnswers((all) => ({ ...all, [id]: answer })),
        () => setAnswers((all) => ({ [id]: null, ...all })),
      );
    }
  }, [ids, online]);
  useEffect(
    () =>
      subscribe((batch) => {
        const events = batch.map(({ event }) => event);
        const news = ids.flatMap((id) => {
          const answer = how.current.told(events, id);
          return answer === null ? [] : [[id, answer] as const];
        });
        if (news.length > 0) setAnswers((all) => ({ ...all, ...Object.fromEntries(news) }));
      }),
    [ids],
  );
  return answers;
}
