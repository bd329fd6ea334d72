import { templateTags, type SourcePlace, type TemplateTag } from './template-source';

/** A place that a traced run tells. */
export interface TraceMark extends SourcePlace {
  /** Characters of plain text behind it. */
  readonly plain: number;
  /** The tag as a template of its own: some are worked out before anything is rendered. */
  readonly alone: string;
}

/** Templates that tell, while they are rendered, where they are: `marks[n]` is the place of the filter `berth_at` called with n. */
export interface TracedTemplates {
  readonly files: { readonly [name: string]: string };
  readonly marks: readonly TraceMark[];
}

/** What ends the statements that may cost much, so that each can stand alone. */
const ENDS: { readonly [word: string]: string } = { for: '{% endfor %}', if: '{% endif %}', set: '', with: '{% endwith %}', include: '' };

/** Puts a mark in front of what may cost much and behind each start of a loop, and has the size of each value told. Only for finding out where it got too much: spaces may come out otherwise. */
export function tracedTemplates(files: { readonly [name: string]: string }): TracedTemplates {
  const marks: TraceMark[] = [];
  const traced = Object.entries(files).map(([file, source]) => {
    const tags = templateTags(source);
    const parts: string[] = [];
    let at = 0;
    tags.forEach((tag, index) => {
      parts.push(source.slice(at, tag.start));
      const alone = aloneOf(tag);
      const mark = `{{ ${String(marks.length)}|berth_at }}`;
      const itself = source.slice(tag.start, tag.end);
      if (alone === null) parts.push(itself);
      else {
        marks.push({ file, line: tag.line, plain: (tags[index + 1]?.start ?? source.length) - tag.end, alone });
        parts.push(tag.kind === 'expression' ? `${mark}{{ (${tag.inner})|berth_size }}` : /^\s*for\b/.test(tag.inner) ? `${mark}${itself}${mark}` : `${mark}${itself}`);
      }
      at = tag.end;
    });
    parts.push(source.slice(at));
    return [file, parts.join('')] as const;
  });
  return { files: Object.fromEntries(traced), marks };
}

function aloneOf(tag: TemplateTag): string | null {
  if (tag.kind === 'expression') return `{{ (${tag.inner}) }}`;
  const word = /^\s*(\w+)/.exec(tag.inner)?.[1] ?? '';
  const end = tag.kind === 'statement' && Object.hasOwn(ENDS, word) ? ENDS[word] : undefined;
  // A block that is set goes on behind its tag.
  if (end === undefined || (word === 'set' && !tag.inner.includes('='))) return null;
  return `{% ${tag.inner} %}${end}`;
}
