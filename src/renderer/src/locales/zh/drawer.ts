import type { drawerWords } from '../en/drawer';
import type { Translation } from '../translated';

export const drawer: Translation<typeof drawerWords> = {
  label: '底部面板',
  tabs: { activity: '活动', logs: '日志', terminal: '终端' },
  resize: '底部面板高度',
  open: '打开底部面板',
  close: '关闭底部面板',
  line: '正在运行',
  more: (number) => `还有 ${String(number)} 个`,
  nothingYet: '还没有任何记录',
};
