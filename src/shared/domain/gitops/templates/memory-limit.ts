const HEADER_BYTES = 8;
const MEMORY_SECTION = 5;

/** A WebAssembly program that can never have more than this many pages of 64 KiB: what a template asks for beyond that fails in its own instance. Throws for a program that brings no memory of its own. */
export function withMemoryLimit(program: Uint8Array, maxPages: number): Uint8Array {
  let at = HEADER_BYTES;
  while (at < program.length) {
    const size = readNumber(program, at + 1);
    const end = size.next + size.value;
    if (program[at] === MEMORY_SECTION) {
      const count = readNumber(program, size.next);
      const minimum = readNumber(program, count.next + 1);
      if (count.value !== 1) break;
      const content = [1, 1, ...written(minimum.value), ...written(Math.max(maxPages, minimum.value))];
      const section = Uint8Array.from([MEMORY_SECTION, ...written(content.length), ...content]);
      const limited = new Uint8Array(at + section.length + program.length - end);
      limited.set(program.subarray(0, at));
      limited.set(section, at);
      limited.set(program.subarray(end), at + section.length);
      return limited;
    }
    at = end;
  }
  throw new Error('The template engine brings no memory of its own.');
}

/** LEB128, as WebAssembly writes numbers. */
function readNumber(bytes: Uint8Array, from: number): { readonly value: number; readonly next: number } {
  let value = 0;
  let at = from;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at] ?? 0;
    value += (byte & 0x7f) * 2 ** shift;
    at += 1;
    if ((byte & 0x80) === 0) return { value, next: at };
  }
}

function written(value: number): readonly number[] {
  const bytes: number[] = [];
  for (let left = value; ; left = Math.floor(left / 128)) {
    if (left < 128) return [...bytes, left];
    bytes.push((left % 128) | 0x80);
  }
}
