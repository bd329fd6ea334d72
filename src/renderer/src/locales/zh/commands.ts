import type { commandsWords } from '../en/commands';
import type { Translation } from '../translated';

export const commands: Translation<typeof commandsWords> = {
  palette: {
    projects: '转到项目',
    recent: '最近使用',
    all: '所有命令',
    copy: '对应的终端命令',
    copyKey: '复制',
    closed: (name) => `重新打开 ${name}`,
  },
  form: {
    loading: '正在查找命令…',
    unknown: 'Berth 没有这个命令。',
    project: '项目',
    noProject: '请先打开项目：这个命令针对某个项目。',
    none: '没有参数。',
    optional: '可选',
    onePerLine: '每行一个',
    unchanged: '保持不变',
    range: (from, to) => (from !== null && to !== null ? `${String(from)} 到 ${String(to)}` : from !== null ? `至少 ${String(from)}` : to !== null ? `至多 ${String(to)}` : ''),
    missing: (names) => `还需要：${names.join('、')}。`,
    notNumber: (name) => `${name} 应为数字。`,
    asks: '点击按钮后会立即产生更改。',
    run: '运行',
    show: '显示',
    running: '正在运行…',
    failed: '未成功',
    result: '结果',
    done: '完成。',
  },
};
