import { yaml } from '@codemirror/lang-yaml';
import { StreamLanguage, type StringStream } from '@codemirror/language';
import type { Extension } from '@codemirror/state';

/** Variables are told apart in every kind of file that has them. */
function variable(stream: StringStream): boolean {
  return stream.match(/\$\{[^}\n]*\}|\$[A-Za-z_]\w*/) !== null;
}

const env = StreamLanguage.define<{ isValue: boolean }>({
  startState: () => ({ isValue: false }),
  token(stream, state) {
    if (stream.sol()) state.isValue = false;
    if (stream.eatSpace()) return null;
    if (!state.isValue) {
      if (stream.peek() === '#') {
        stream.skipToEnd();
        return 'lineComment';
      }
      if (stream.match(/export(?=\s)/) !== null) return 'keyword';
      if (stream.match(/[^\s=:#]+/) !== null) return 'propertyName';
      state.isValue = stream.match(/[=:]/) !== null;
      if (!state.isValue) stream.next();
      return 'punctuation';
    }
    if (variable(stream)) return 'variableName';
    if (stream.match(/#/, false) !== null && /\s/.test(stream.string.charAt(stream.pos - 1))) {
      stream.skipToEnd();
      return 'lineComment';
    }
    stream.next();
    return 'string';
  },
});

const dockerfile = StreamLanguage.define<{ goesOn: boolean }>({
  startState: () => ({ goesOn: false }),
  token(stream, state) {
    const starts = stream.sol() && !state.goesOn;
    if (stream.sol()) state.goesOn = /\\\s*$/.test(stream.string);
    if (stream.eatSpace()) return null;
    if (stream.match(/#.*/, false) !== null && /^\s*$/.test(stream.string.slice(0, stream.pos))) {
      stream.skipToEnd();
      return 'lineComment';
    }
    if ((starts || /^\s*$/.test(stream.string.slice(0, stream.pos))) && stream.match(/[A-Za-z]+(?=\s)/) !== null) return starts ? 'keyword' : 'string';
    if (variable(stream)) return 'variableName';
    if (stream.match(/"[^"\n]*"?|'[^'\n]*'?/) !== null) return 'string';
    stream.next();
    return null;
  },
});

const ignore = StreamLanguage.define<null>({
  token(stream) {
    const isComment = stream.sol() && stream.peek() === '#';
    stream.skipToEnd();
    return isComment ? 'lineComment' : 'string';
  },
});

/** How a kind of file is coloured and folded. */
export function languageOf(kind: string): Extension {
  if (kind === 'env') return env;
  if (kind === 'dockerfile') return dockerfile;
  return kind === 'ignore' ? ignore : yaml();
}
