import type { settingsWords } from '../en/settings';
import type { Translation } from '../translated';

export const settings: Translation<typeof settingsWords> = {
  settings: {
    sentence: 'Berth 的外观和工作方式',
    endpoint: '端点',
    version: '版本',
    state: '状态',
    states: { connecting: '正在查找', connected: '已连接', unreachable: '没有应答' },
    projects: '项目',
    forget: '移除记录',
    forgetHint: '只将项目移出此列表。容器、卷和文件保留。',
    trusted: '已信任',
    notTrusted: '尚未信任',
    about: '关于',
    appVersion: 'Berth',
    stateDir: '状态文件夹',
    noProjects: '没有打开的项目。',
    choices: { system: '跟随系统', light: '浅色', dark: '深色', more: '更多', all: '所有结束的', failures: '出错的', none: '无', en: 'English', zh: '中文', de: 'Deutsch', on: '开', off: '关' },
    groups: { window: '常规', engine: '引擎', editor: '编辑器', updates: '更新', watch: '后台工作', heal: '自动修复', operations: '已结束的操作', changes: '测试和部署', workspaces: '工作区', api: '本地 API', alerts: '告警', other: '更多' },
    filter: '筛选设置',
    nothingMatches: (filter) => `没有设置匹配“${filter}”`,
    clearFilter: '清除筛选',
    failed: '无法读取设置',
    changed: (number) => (number === 0 ? '所有设置均为默认值' : `${String(number)} 项设置不是默认值`),
    may: (range, initial) => (range === '' ? `默认：${initial}` : `${range}，默认 ${initial}`),
    reset: (title, initial) => `${title}：恢复默认值 ${initial}`,
    on: '开',
    off: '关',
  },
};
