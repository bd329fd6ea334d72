import type { verbsWords } from '../en/verbs';
import type { Translation } from '../translated';

export const verbs: Translation<typeof verbsWords> = {
  up: '创建并启动',
  pull: '拉取镜像',
  scaleItem: '伸缩…',
  removeItem: '移除…',
  count: '容器数',
  loading: '正在查看会有什么变化…',
  nothing: '没有要做的事。',
  volumeGoes: (service, target) => `${service} 存放在 ${target} 的内容会一起消失：该卷没有名称。`,
  remove: { title: '移除容器', lead: '它们会被停止并移除。有名称的卷、网络、镜像和文件都会保留。', confirm: '移除' },
  scale: { title: '伸缩服务', lead: '将运行这么多个容器，直到下一次切换恢复为文件中的数量。', confirm: '伸缩' },
};
