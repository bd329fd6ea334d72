import { Chance } from './chance';
import { SIDE_FILES, type MadeSet } from './merges';
import { yamlText, type Yaml } from './yaml-text';

const VARIABLES = ['A', 'B', 'UNSET', 'EMPTY', 'PORT', 'HOME', 'TAG', '_U', 'lower', 'COMPOSE_PROJECT_NAME'];
const OPERATORS = ['', ':-', '-', ':?', '?', ':+', '+'];
const WORDS = ['', 'x', 'two words', '$$', '${B}', '${B:-${UNSET:-deep}}', '1', 'a:b', '{"k": 1}', '#h', "'q'", '/p/a-th', 'true', '8080', '\\n', '%', 'ü'];

function template(chance: Chance): string {
  let text = '';
  for (let parts = chance.int(1, 3); parts > 0; parts -= 1) {
    const name = chance.pick(VARIABLES);
    const operator = chance.pick(OPERATORS);
    text += chance.pick(['', '', 'pre-', '/', ' ', '$$', ':']);
    // A missing required variable ends the whole load: seldom.
    const isRequired = operator.endsWith('?') && !['HOME', 'COMPOSE_PROJECT_NAME'].includes(name) && !chance.percent(3);
    text += chance.percent(15) ? `$${name}` : `\${${name}${isRequired ? ':-' : operator}${operator === '' ? '' : chance.pick(WORDS)}}`;
  }
  return text;
}

function dotenvLine(chance: Chance): string {
  const name = chance.pick(['A', 'B', chance.percent(10) ? 'PORT' : 'L', 'TAG', 'EMPTY', '_U', 'lower', 'DOT.TED', 'DA-SH', 'C1']);
  const word = chance.pick(['', 'x', 'two words', '1.2', 'a#b', 'a #b', '"q w"', "'s $A'", '"e $A ${B:-n}"', '"a\\nb"', "'a\\nb'", '"es\\"c"', '$A', '${A}', '${UNSET:-d}', '$$A', '"$$A"', 'a=b', '  sp  ', '"x" # c', "'x' # c", '`b`', '{"j": "s"}', '"multi\n line"', '\\t', '"\\$A"', 'ü', '8080', 'true', chance.percent(10) ? '"' : '', chance.percent(10) ? "'" : '']);
  const form = chance.int(0, 9);
  if (form === 0) return `export ${name}=${word}`;
  if (form === 1) return `${name}: ${word}`;
  if (form === 2) return `${name} = ${word}`;
  if (form === 3) return chance.pick(['# comment', '', '   ', `${name}`, '#A=1', '  # x']);
  return `${name}=${word}`;
}

/** Files full of variables, with env files of every form around them. */
export function variableSet(seed: number): MadeSet {
  const chance = new Chance(seed * 7919);
  const text = (): Yaml => template(chance);
  const envFile = (): string => Array.from({ length: chance.int(1, 6) }, () => dotenvLine(chance)).join(chance.percent(8) ? '\r\n' : '\n') + (chance.percent(70) ? '\n' : '');
  const services: { [name: string]: Yaml } = {
    web: {
      image: `app:${template(chance).replaceAll(/[\s:]/g, '')}`,
      environment: chance.percent(50) ? { A: text(), B: null, FROM: text(), EMPTY: '' } : ['A', `B=${template(chance)}`, 'UNSET', `L=${template(chance)}`],
      env_file: chance.some<Yaml>(['one.env', './two.env', { path: 'one.env', format: 'raw' }, { path: 'none.env', required: false }], 1, 3),
      labels: { a: text(), b: text() },
      command: text(),
    },
    job: { build: { context: '.', args: chance.percent(50) ? ['A', `X=${template(chance)}`] : { A: null, X: text() } }, hostname: '${TAG:-h}', ports: ['${PORT:-80}:80'], tty: '${T:-true}', scale: '${N:-1}', volumes: ['${DIR:-./d}:/x', '${VOLUME:-data}:/y'] },
  };
  const files = {
    '.env': `${chance.percent(60) ? 'A=a1\nB=b 2\nEMPTY=\nTAG=1.2\n' : ''}${chance.percent(60) ? envFile() : ''}`,
    'one.env': envFile(),
    'two.env': envFile(),
    'compose.yaml': yamlText({ name: chance.pick(['n', '${TAG:-t}x', 'My-${A:-a}']), services, volumes: { data: { name: '${A:-v}' } }, 'x-note': text() }),
  };
  return { name: `variables-${seed}`, files: { ...SIDE_FILES, ...files }, merge: ['compose.yaml'] };
}
