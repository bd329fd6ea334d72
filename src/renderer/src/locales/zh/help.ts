import type { helpWords } from '../en/help';
import type { Translation } from '../translated';

export const help: Translation<typeof helpWords> = {
  title: (page) => `帮助：${page}`,
  marks: '标记的含义',
  keys: '按键',
  allKeys: '所有按键',
  troubles: '出现问题时',
  more: '所有帮助',
  sentence: '各页面回答什么，各代码是什么含义',
  lead: '所有内容均可离线查看。按 F1 显示当前页面的帮助。',
  filter: '搜索帮助',
  nothing: (filter) => `帮助中没有“${filter}”`,
  clear: '清除搜索',
  pagesTitle: '页面',
  filesTabs: {
    git: {
      name: 'Git',
      question: '仓库处于什么状态？',
      text: ['当前分支、未提交的内容，以及与远程的差距。Berth 使用您自己的 git，绝不启动仓库指定的程序：钩子不会运行。', '同步会获取、比较、接收或合并，然后发送。若双方更改了相同的行，则不作任何改动：两个版本都会显示，由您逐个文件决定。'],
      marks: [['good', '全部已提交且同步'], ['warn', '未提交或落后于远程'], ['bad', '文件有冲突']],
    },
    duplicates: {
      name: '重复项',
      question: '哪些内容在文件中重复或说法不一？',
      text: [
        '扫描会读取文件夹下的所有清单和 compose 文件，不更改任何内容。对同一对象说法相同或不同的文件组成一组。补丁、覆盖层和其他环境的文件只会列出，不会被处理。',
        '分数表示哪个文件排名最高：先看文件夹，再看文件名，然后看文件自身的标记。若排名相同，或差异可能造成损害，则由您决定。',
        '“比较”按文本或按含义显示两个文件：含义比较忽略顺序、注释和写法。',
      ],
      marks: [['good', '由规则决定，或您已决定'], ['warn', '由您决定保留哪一个']],
    },
    templates: {
      name: '模板',
      question: '哪些文件由什么生成？',
      text: ['模板文件夹中含有 {{ }} 的文件会用运行状态和值文件填充，语法为 Jinja2。预览不写入任何内容；生成时只写入不同的内容，并可撤销。', '未定义的内容会报错并给出文件和行号。模板无法访问其文件夹之外的任何内容。'],
      marks: [['good', '有模板'], ['warn', '有文件被跳过']],
    },
  },
  symptoms: '按现象查找',
  look: '查看：',
  then: '然后：',
  findings: '检查结果',
  errors: '错误',
  open: (page) => `转到${page}`,
  pages: {
    home: {
      question: '所有项目都正常吗？',
      text: ['顶部的句子说明有多少项目在运行、是否有需要查看的地方。需要查看的列在下方，每项都可转到能处理它的地方。', '多个项目可以同时打开。关闭项目只是将其移出列表：运行中的继续运行。'],
      marks: [['good', '运行中，所有检查均通过'], ['warn', '运行中，有需要查看的地方'], ['bad', '有失败'], ['off', '已停止']],
      codes: ['project-', 'engine-', 'ENGINE_'],
    },
    project: {
      question: '运行着什么，处于哪个模式，是否健康？',
      text: [
        '标题栏中的开关显示当前模式和目标模式。如果不会丢失内容也没有阻碍，点击后立即运行，计划显示在进度旁边；否则先打开计划，并为每项检查结果提供修复。',
        '切换时，新容器在旧容器旁创建，替换后等待其健康；不健康则自动回滚。命名卷会保留。',
        '点击一行可打开服务：端口、挂载、环境变量及各值来源、日志和 shell。',
      ],
      marks: [['good', '运行中，有健康检查的均健康'], ['busy', '正在启动或更改'], ['warn', '已暂停，或只有部分副本在运行'], ['bad', '失败或不健康'], ['off', '已停止'], ['none', '没有容器']],
      codes: ['switch-', 'build-', 'pull-', 'start-', 'unhealthy', 'plan-', 'mode-', 'service-not-found', 'trust-', 'port-'],
    },
    conflicts: {
      question: '现在或将来有什么阻碍？',
      text: ['检查每个模式，包括未运行的：端口、文件夹、构建、依赖、名称、变量。错误会阻止切换，警告不会。', '修复会先显示要更改哪个文件的哪些行，再进行更改，之后可以撤销。'],
      marks: [['bad', '错误：会阻止切换'], ['warn', '警告：迟早会出问题'], ['off', '值得了解'], ['good', '已检查，没有问题']],
      codes: ['BIND_', 'FILE_', 'PORT_', 'BUILD_', 'DOCKERFILE_', 'DEPENDENCY_', 'HEALTHCHECK_', 'PROJECT_', 'CONTAINER_', 'NETWORK_', 'SUBNET_', 'VOLUME_', 'EXTERNAL_', 'UNDEFINED_', 'UNKNOWN_', 'UNSUPPORTED_', 'INVALID_', 'REFUSED_', 'ENV_', 'DATA_', 'SERVICE_', 'RESOURCE_CLAMPED', 'fix-'],
    },
    storage: {
      question: '是否已挂载，是否同步？',
      text: ['S3 服务器的存储桶可挂载为文件夹，或由同步任务复制。服务器可以是 Berth 在本机启动的，也可以是自己的。', '冲突是指两者写入同一处。每个冲突都有将其分开的办法。'],
      marks: [['good', '已挂载且有应答，或已同步'], ['busy', '正在启动或复制'], ['warn', '落后或缓慢'], ['bad', '没有应答'], ['off', '已关闭']],
      codes: ['BUCKET_', 'SYNC_', 'CONFIG_', 'MOUNT_', 'RESOURCE_', 'SCHEDULE_', 'WRITTEN_', 'storage-', 'service-unreachable'],
    },
    workspaces: {
      question: '保存的内容是否已到达运行处？',
      text: ['保存文件时，工作区会将源码文件夹发送到存储桶，容器从中取用。Git 或 Docker 忽略的文件留在本机。', '删除也会发送，但大量删除一定会先询问。'],
      marks: [['good', '全部已发送'], ['busy', '正在发送'], ['warn', '两边都有更改，或等待处理'], ['bad', '无法发送'], ['off', '已暂停']],
      codes: ['storage-', 'WRITTEN_'],
    },
    snapshots: {
      question: '可以回到多久以前？',
      text: ['快照保存项目的文件、设置、容器和镜像，需要时也包括卷。每次可能丢失内容的更改之前会自动创建快照。', '恢复时会逐项显示将恢复的内容；替换之前先校验，并保留被替换的内容。其中的机密已加密，只有明确同意时才会离开本机。'],
      marks: [['good', '创建时所有服务正常'], ['warn', '并非所有服务正常'], ['off', '没有服务运行'], ['bad', '校验发现已损坏']],
      codes: ['SNAPSHOT_', 'damaged', 'locked', 'passphrase-', 'repository-'],
    },
    files: {
      question: '项目的文件写了什么？',
      text: ['compose 文件和 env 文件，以及对各行的检查结果。更改在保存前以差异显示，之后可以撤销。', '在 env 文件中，优先级最高的取值在前，被它覆盖的在下面。'],
      marks: [['bad', '此行有错误'], ['warn', '此行有警告']],
      codes: ['compose-', 'file-', 'INVALID_', 'UNKNOWN_', 'ENV_', 'MANIFEST_', 'git-', 'not-a-repository', 'template-'],
    },
    activity: {
      question: 'Berth 做过什么，现在在做什么？',
      text: ['操作及其步骤和日志、引擎事件、定时任务、后台工作、磁盘。运行中的操作在提交前可以取消；之后，凡有“撤销”的都可以撤销。'],
      marks: [['busy', '运行中'], ['good', '成功'], ['warn', '正在撤销'], ['bad', '失败或需要处理'], ['off', '已取消或等待中']],
      codes: ['cancelled', 'interrupted', 'needs-attention', 'busy', 'state-', 'operation-', 'consent-', 'not-found', 'blocked', 'internal'],
    },
    settings: {
      question: 'Berth 的外观如何，使用什么工作？',
      text: ['更改设置后，窗口和命令行立即生效；旁边的箭头可恢复默认。重置前会显示将更改的内容。', '“本机”标签页说明 Berth 在此需要什么，并修复能修复的。诊断包用于报告问题：写入前会列出其内容，不含机密。'],
      marks: [['good', '正常'], ['warn', '可用，但应知悉'], ['bad', '有问题']],
      codes: ['engine-', 'setup-', 'policy-', 'disk-', 'not-supported', 'input-'],
    },
  },
};
