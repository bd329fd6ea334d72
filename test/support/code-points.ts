import fc from 'fast-check';

/** One character of all that there are. The library's own unit "binary" means the same, but lists more than a million of them first: seconds on a busy machine. */
export const anyCharacter = fc.integer({ min: 0, max: 0x10ffff - 0x800 }).map((at) => String.fromCodePoint(at < 0xd800 ? at : at + 0x800));
