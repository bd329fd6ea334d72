/** What a new file can begin as. */
export const NEW_FILE_TEMPLATES = ['empty', 'deployment', 'service', 'configmap', 'namespace', 'kustomization', 'compose'] as const;

/** The text of a new file; objects are named after the file. */
export function newFileText(template: string, path: string): string {
  const plain = nameFrom(path);
  // YAML would read these as a number or another word.
  const name = /^[a-z]/.test(plain) && !/^(y|n|yes|no|on|off|true|false|null)$/.test(plain) ? plain : `"${plain}"`;
  switch (template) {
    case 'deployment':
      return `apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: ${name}\n  labels:\n    app: ${name}\nspec:\n  replicas: 1\n  selector:\n    matchLabels:\n      app: ${name}\n  template:\n    metadata:\n      labels:\n        app: ${name}\n    spec:\n      containers:\n        - name: ${name}\n          image: ${plain}:latest\n`;
    case 'service':
      return `apiVersion: v1\nkind: Service\nmetadata:\n  name: ${name}\nspec:\n  selector:\n    app: ${name}\n  ports:\n    - port: 80\n`;
    case 'configmap':
      return `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\ndata: {}\n`;
    case 'namespace':
      return `apiVersion: v1\nkind: Namespace\nmetadata:\n  name: ${name}\n`;
    case 'kustomization':
      return 'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: []\n';
    case 'compose':
      return `services:\n  ${name}:\n    image: ${plain}:latest\n`;
    default:
      return '';
  }
}

/** A name that Kubernetes takes: lower case, digits and dashes, at most 63. */
function nameFrom(path: string): string {
  const base = path.split('/').at(-1)?.replace(/\.(ya?ml|json)$/i, '') ?? '';
  const name = base.toLowerCase().replace(/[^a-z0-9]+/g, '-').slice(0, 63).replace(/^-+|-+$/g, '');
  return name === '' ? 'app' : name;
}
