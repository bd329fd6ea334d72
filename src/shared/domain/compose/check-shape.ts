import { nearestName } from './nearest-name';
import { kindInWords, nodeKey, type ComposeNode, type MapNode } from './node';
import { composeInvalid, dotted, loadFinding, type LoadedFinding } from './refusals';
import { COMPOSE_FILE, shapeInWords, takesScalar, type Shape } from './shape';

/**
 * Checks a merged tree against the shape of a compose file. Wrong types throw compose-invalid; keys compose does
 * not know are taken out of the tree and returned as findings, so that they are neither ignored nor passed on.
 */
export function checkShape(root: MapNode): LoadedFinding[] {
  const findings: LoadedFinding[] = [];
  check(root, COMPOSE_FILE, [], findings);
  return findings;
}

function check(node: ComposeNode, shape: Shape, path: readonly string[], findings: LoadedFinding[]): void {
  if (shape.anything === true) return;
  switch (node.kind) {
    case 'scalar': {
      if (!takesScalar(shape, node)) refuse(node, shape, path);
      if (shape.oneOf !== undefined && node.type === 'string' && !shape.oneOf.includes(node.text)) {
        throw composeInvalid(`${dotted(path)} is "${node.text}" but must be ${shapeInWords(shape)}.`, node.at);
      }
      if (shape.pattern !== undefined && node.type === 'string' && !shape.pattern.test(node.text)) throw composeInvalid(`${dotted(path)} cannot be "${node.text}".`, node.at);
      if (shape.range !== undefined && typeof node.value === 'number' && (node.value < shape.range[0] || node.value > shape.range[1])) {
        throw composeInvalid(`${dotted(path)} must be ${shape.range[1] === Infinity ? `${shape.range[0]} or more` : `between ${shape.range[0]} and ${shape.range[1]}`}.`, node.at);
      }
      return;
    }
    case 'list': {
      const { items } = shape;
      if (items === undefined) return refuse(node, shape, path);
      node.items.forEach((item, index) => {
        check(item, items, [...path, String(index)], findings);
      });
      if (shape.unique === true) checkUnique(node.items, path);
      return;
    }
    case 'map':
      checkMap(node, shape, path, findings);
  }
}

function checkMap(node: MapNode, shape: Shape, path: readonly string[], findings: LoadedFinding[]): void {
  if (shape.keys === undefined && shape.each === undefined) refuse(node, shape, path);
  for (const [key, value] of node.entries) {
    const known = shape.keys !== undefined && Object.hasOwn(shape.keys, key) ? shape.keys[key] : undefined;
    if (known !== undefined) check(value, known, [...path, key], findings);
    else if (shape.each !== undefined) {
      if (shape.eachKey !== undefined && !shape.eachKey.test(key)) {
        if (shape.open === true) continue;
        throw composeInvalid(key === '' ? `${dotted(path)} has an entry without a name.` : `${dotted(path)} has the name "${key}"; a name has letters, digits, dots, dashes and underscores.`, value.at);
      }
      check(value, shape.each, [...path, key], findings);
    } else if (shape.open === true) {
      node.entries.delete(key);
    } else if (shape.closed === true || !key.startsWith('x-')) {
      findings.push(unknownKey(node, key, value, shape, path));
      node.entries.delete(key);
    }
  }
  for (const key of shape.required ?? []) {
    if (!node.entries.has(key)) throw composeInvalid(`${dotted(path)} needs the key "${key}".`, node.at);
  }
}

function unknownKey(parent: MapNode, key: string, value: ComposeNode, shape: Shape, path: readonly string[]) {
  const close = nearestName(key, Object.keys(shape.keys ?? {}).filter((known) => !parent.entries.has(known)));
  return loadFinding({
    code: 'UNKNOWN_KEY',
    path: [...path, key],
    node: value,
    nearest: close,
    message: `${dotted([...path, key])} is not a key that compose knows.${close === undefined ? '' : ` Did you mean "${close}"?`}`,
    why: 'Docker Compose refuses a file with an unknown key, and what the key was meant to do would not happen.',
  });
}

function refuse(node: ComposeNode, shape: Shape, path: readonly string[]): never {
  throw composeInvalid(`${dotted(path)} must be ${shapeInWords(shape)}, but it is ${kindInWords(node)}.`, node.at);
}

function checkUnique(items: readonly ComposeNode[], path: readonly string[]): void {
  const seen = new Set<string>();
  for (const item of items) {
    const key = nodeKey(item);
    if (seen.has(key)) throw composeInvalid(`${dotted(path)} has the same entry twice: ${key}.`, item.at);
    seen.add(key);
  }
}
