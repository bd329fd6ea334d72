import type { compareWords } from '../en/compare';
import type { Translation } from '../translated';

export const compare: Translation<typeof compareWords> = {
  how: '差异的显示方式',
  text: '文本',
  meaning: '含义',
  side: '并排',
  unified: '上下合并',
  layout: '布局',
  same: '没有差异',
  sameText: '两者逐字相同。',
  sameMeaning: '仅顺序、注释和写法不同：两者含义相同。',
  differs: (places) => `${String(places)} 处不同`,
  previous: '上一处差异 (Shift+F7)',
  next: '下一处差异 (F7)',
  loading: '正在比较…',
  unchanged: '$ 行未更改',
  merge: {
    result: '将写入的内容',
    open: (number) => `${String(number)} 个冲突尚未决定`,
    decided: '所有冲突均已决定',
    take: (side) => `采用 ${side}`,
    both: '两者都采用',
    conflict: (number, of) => `冲突 ${String(number)}/${String(of)}`,
    next: '下一个冲突',
    restart: '重新开始',
  },
};
