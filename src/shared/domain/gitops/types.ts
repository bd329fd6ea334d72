/** A value as Kubernetes reads a manifest: what sigs.k8s.io/yaml would hand on as JSON. */
export type ManifestValue = null | boolean | number | string | readonly ManifestValue[] | { readonly [key: string]: ManifestValue };

/**
 * manifests: Kubernetes objects. kustomization, helm-values, compose: files with a meaning of their own. template: has {{ }} or is below templates/ of a chart.
 * encrypted: SOPS and the like. patch: a kustomize patch. other: YAML without identity.
 */
export type FileKind = 'manifests' | 'kustomization' | 'helm-chart' | 'helm-values' | 'compose' | 'template' | 'encrypted' | 'patch' | 'unparseable' | 'empty' | 'other';

/** As kustomize's ResId: `namespace` is '' for cluster-scoped kinds and 'default' where a namespaced one names none. */
export interface ResourceId {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** Canonical texts of one document, each layer on top of the one before (L1 lexical, L2 structural, L3 typed, L4 lists, L5 defaults, L6 without server noise). Equal text = equal at that layer. */
export type LayerName = 'L1' | 'L2' | 'L3' | 'L4' | 'L5' | 'L6';

export type CanonicalTexts = { readonly [layer in LayerName]: string };
/** Hex SHA-256 of each text. */
export type LayerHashes = { readonly [layer in LayerName]: string };

/** Where a file cannot be read: 1-based. */
export interface ReadProblem {
  readonly message: string;
  readonly line: number;
  readonly column: number;
}

/** What the bytes of one file say. */
export interface ReadFile {
  readonly kind: FileKind;
  /** One sentence why, for kinds that are not compared; null else. */
  readonly reason: string | null;
  readonly problem: ReadProblem | null;
  readonly documents: readonly ReadDocument[];
}

/** One document of a file. */
export interface ReadDocument {
  /** 0-based among the documents of the file; items of a `kind: List` are documents of their own with `item` set. */
  readonly index: number;
  readonly item: number | null;
  readonly line: number;
  readonly value: ManifestValue;
}

/** created_by, environment, managed where they were found. */
export type Marks = { readonly [key: string]: string };

/** One document as a scan knows it: its identity and what it means, never its value. */
export interface ScannedDocument {
  readonly index: number;
  readonly item: number | null;
  readonly line: number;
  readonly id: ResourceId | null;
  /** Its hash at L4: the same for all that say the same. */
  readonly meaning: string;
  readonly marks: Marks;
}

/** One YAML file of a scanned folder. */
export interface ScannedFile {
  /** posix, relative to the scanned folder */
  readonly path: string;
  readonly sizeBytes: number;
  readonly mode: number;
  readonly mtimeNs: string;
  /** hex SHA-256 of the bytes (L0) */
  readonly contentHash: string;
  readonly kind: FileKind;
  readonly reason: string | null;
  readonly problem: ReadProblem | null;
  readonly documents: readonly ScannedDocument[];
  readonly marks: Marks;
}

/** What a group is; identity-conflict is the only one whose members differ (and intra-file-dup where its layer is null). Infos are never resolved. */
export type GroupClass = 'exact-dup' | 'semantic-dup' | 'default-equivalent-dup' | 'identity-conflict' | 'cross-env-variant' | 'overlay-of' | 'intra-file-dup';
/** certain: L0-L4. likely: L5, L6, and what cannot be known from the files. info: told, never acted on. */
export type Certainty = 'certain' | 'likely' | 'info';

/** One document in a group. */
export interface GroupMember {
  readonly path: string;
  readonly document: number;
  readonly item: number | null;
  readonly line: number;
  readonly contentHash: string;
}

/** A service of a compose project. */
export interface ComposeIdentity {
  readonly composeProject: string;
  readonly service: string;
}

/** Documents that say the same, or say different things of the same object. */
export interface DuplicateGroup {
  /** Hash of class, root and identity/content: stable across runs and file order. */
  readonly id: string;
  readonly class: GroupClass;
  /** The kind of the command line. */
  readonly kind: 'identical' | 'semantic' | 'identity';
  readonly certainty: Certainty;
  /** The first layer at which all members are equal; null when they differ. */
  readonly layer: 'L0' | LayerName | null;
  readonly applyRoot: string;
  readonly identity: ResourceId | ComposeIdentity | null;
  /** Plain words: why these belong together. */
  readonly reason: string;
  readonly members: readonly GroupMember[];
  /** JSON pointers that differ (identity-conflict), sorted. */
  readonly differences: readonly string[];
}

/** Where a path stands in a file that refers to it. */
export interface RootReference {
  readonly from: string;
  readonly line: number;
  readonly to: string;
  /** The key it stands under: resources, patches, path … */
  readonly as: string;
}

/** What is applied together. */
export interface ApplyRoot {
  /** The folder, '' for the scanned one; for a compose project the folder of its files. */
  readonly path: string;
  readonly made: 'kustomization' | 'argocd' | 'flux' | 'folder' | 'compose';
  /** Files it yields objects from. */
  readonly files: readonly string[];
  /** Where each reference stands, so that it can be mended. */
  readonly references: readonly RootReference[];
}

/** A folder as a scan sees it. */
export interface ScannedTree {
  readonly files: readonly ScannedFile[];
  readonly applyRoots: readonly ApplyRoot[];
  readonly groups: readonly DuplicateGroup[];
}
