/** A value as Kubernetes reads a manifest: what sigs.k8s.io/yaml would hand on as JSON. */
export type ManifestValue = null | boolean | number | string | readonly ManifestValue[] | { readonly [key: string]: ManifestValue };

/** manifests: Kubernetes objects. kustomization, helm-values, compose: files with a meaning of their own. template: has {{ }} or is below templates/ of a chart. encrypted: SOPS and the like. patch: a kustomize patch. other: YAML without identity. */
export type FileKind = 'manifests' | 'kustomization' | 'helm-chart' | 'helm-values' | 'compose' | 'template' | 'encrypted' | 'patch' | 'unparseable' | 'empty' | 'other';

/** As kustomize's ResId: `namespace` is '' for cluster-scoped kinds and 'default' where a namespaced one names none. */
export interface ResourceId { readonly group: string; readonly version: string; readonly kind: string; readonly namespace: string; readonly name: string }

/** Canonical texts of one document, each layer on top of the one before (L1 lexical, L2 structural, L3 typed, L4 lists, L5 defaults, L6 without server noise). Equal text = equal at that layer. */
export type LayerName = 'L1' | 'L2' | 'L3' | 'L4' | 'L5' | 'L6';
export type CanonicalTexts = { readonly [layer in LayerName]: string };

/** A file as it was read: its documents, or why it is not compared. */
export interface ReadFile {
  readonly kind: FileKind;
  /** One sentence why, for kinds that are not compared; null else. */
  readonly reason: string | null;
  /** Where it cannot be read: 1-based. */
  readonly problem: { readonly message: string; readonly line: number; readonly column: number } | null;
  readonly documents: readonly ReadDocument[];
}
/** One document of a file, or one item of a list in it. */
export interface ReadDocument {
  /** 0-based among the documents of the file; items of a `kind: List` are documents of their own with `item` set. */
  readonly index: number;
  readonly item: number | null;
  readonly line: number;
  readonly value: ManifestValue;
}
