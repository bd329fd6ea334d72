import type * as z from 'zod';
import { changesEntries } from './entries/changes';
import { checksEntries } from './entries/checks';
import { composeEntries } from './entries/compose';
import { diagnosticsEntries } from './entries/diagnostics';
import { driftEntries } from './entries/drift';
import { engineEntries } from './entries/engine';
import { filesEntries } from './entries/files';
import { gitopsEntries } from './entries/gitops';
import { gitopsCompareEntries } from './entries/gitops-compare';
import { gitopsValidateEntries } from './entries/gitops-validate';
import { gitopsResolveEntries } from './entries/gitops-resolve';
import { gitopsGitEntries } from './entries/gitops-git';
import { modesEntries } from './entries/modes';
import { monitorEntries } from './entries/monitor';
import { operationsEntries } from './entries/operations';
import { projectsEntries } from './entries/projects';
import { runtimeEntries } from './entries/runtime';
import { servicesEntries } from './entries/services';
import { snapshotsEntries } from './entries/snapshots';
import { storageEntries } from './entries/storage';
import { windowEntries } from './entries/window';
import { workspacesEntries } from './entries/workspaces';
import { gitopsTemplatesEntries } from './entries/gitops-templates';

/**
 * Everything Berth can do, once; each area has its own file in entries/. Keys are `noun.verb`; the CLI's `berth noun verb` and
 * the API's `POST /v1/noun.verb` follow from them.
 */
export const contract = {
  ...projectsEntries,
  ...modesEntries,
  ...servicesEntries,
  ...checksEntries,
  ...composeEntries,
  ...filesEntries,
  ...gitopsEntries,
  ...gitopsResolveEntries,
  ...gitopsCompareEntries,
  ...changesEntries,
  ...gitopsValidateEntries,
  ...storageEntries,
  ...workspacesEntries,
  ...snapshotsEntries,
  ...gitopsGitEntries,
  ...operationsEntries,
  ...driftEntries,
  ...runtimeEntries,
  ...monitorEntries,
  ...engineEntries,
  ...diagnosticsEntries,
  ...windowEntries,
  ...gitopsTemplatesEntries,
} as const;

export type Contract = typeof contract;
export type ContractName = keyof Contract;
export type InputOf<N extends ContractName> = z.input<Contract[N]['input']>;
export type ParsedInputOf<N extends ContractName> = z.output<Contract[N]['input']>;
export type OutputOf<N extends ContractName> = z.output<Contract[N]['output']>;

/** The names of one kind, for handler tables that must be complete. */
export type NamesOfKind<K extends string> = { [N in ContractName]: Contract[N] extends { kind: K } ? N : never }[ContractName];
