import { applyDefaults, canonicalise } from './canonical';
import { checkShape } from './check-shape';
import { applyExtends } from './extends';
import { applyIncludes } from './include';
import { interpolatedRoot, type FileGroup, type LoadContext } from './load-context';
import { mergeFiles } from './merge';
import { mapNode, type MapNode } from './node';
import { resolveEnvironment } from './normalise';
import { applyResets } from './resets';
import { resolvePaths, validateSections } from './resolve-paths';
import { enforceUnique } from './unique';

/** Loads files in order into one merged, canonical tree with absolute paths; not yet normalised. Throws compose-invalid. */
export async function loadGroup(context: LoadContext, group: FileGroup): Promise<MapNode> {
  let tree = mapNode([], { file: group.files[0] ?? '', line: 1, column: 1 });
  for (const file of group.files) {
    const chain = [...group.includedFrom, file];
    for (const document of await context.parse(file)) {
      const root = interpolatedRoot(document, file, group.environment, context);
      await applyExtends({ context, environment: group.environment, baseDir: group.baseDir }, root, file, document.resets);
      applyResets(tree, document.resets);
      const noteEnvironments = context.variables.readDocument(root, document.resets);
      await applyIncludes(context, root, { ...group, includedFrom: chain }, document.resets, loadGroup);
      noteEnvironments();
      tree = mergeFiles(tree, root);
      enforceUnique(tree);
      context.findings.push(...checkShape(tree));
      if (tree.entries.delete('version')) context.warn(`${file}: the key version is obsolete and not used.`);
      canonicalise(tree);
      enforceUnique(tree);
    }
  }
  applyDefaults(tree);
  validateSections(tree);
  resolvePaths(tree, group.baseDir, context.inputs.paths);
  resolveEnvironment(tree, group.environment);
  return tree;
}
