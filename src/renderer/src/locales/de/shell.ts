import type { shellWords } from '../en/shell';
import type { Translation } from '../translated';

export const shell: Translation<typeof shellWords> = {};
