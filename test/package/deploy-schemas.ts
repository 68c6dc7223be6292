import { Ajv2020 } from 'ajv/dist/2020.js';

// Of each system what docs/deploy.md uses, as its reference has it; a name that is not here is taken for a slip of the pen.

type Schema = Readonly<Record<string, unknown>>;

const text: Schema = { type: 'string', minLength: 1 };
const number: Schema = { type: 'integer', minimum: 0 };
const yes: Schema = { type: 'boolean' };
const oneOf = (...values: readonly string[]): Schema => ({ enum: values });
const listOf = (items: Schema): Schema => ({ type: 'array', minItems: 1, items });
const record: Schema = { type: 'object', additionalProperties: text, minProperties: 1 };

/** A name that ends in `?` may be left out. */
function object(fields: Readonly<Record<string, Schema>>): Schema {
  const entries = Object.entries(fields).map(([name, schema]) => [name.replace('?', ''), schema] as const);
  const required = Object.keys(fields).filter((name) => !name.endsWith('?'));
  return { type: 'object', properties: Object.fromEntries(entries), required, additionalProperties: false };
}

// A label of DNS: Jobs give it to their pods.
const label: Schema = { type: 'string', pattern: '^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$' };

const container = object({
  name: label,
  image: { type: 'string', pattern: '^[a-z0-9./-]+:[\\w.-]+$' },
  command: listOf(text),
  'env?': listOf(object({ name: text, value: text })),
  'envFrom?': listOf(object({ secretRef: object({ name: label }) })),
  'securityContext?': object({ readOnlyRootFilesystem: yes, allowPrivilegeEscalation: yes }),
  'volumeMounts?': listOf(object({ name: label, mountPath: { type: 'string', pattern: '^/' } })),
});

const pod = object({
  restartPolicy: oneOf('Never', 'OnFailure'),
  terminationGracePeriodSeconds: number,
  securityContext: object({ runAsNonRoot: yes, runAsUser: { type: 'integer', minimum: 1 }, fsGroup: number }),
  containers: listOf(container),
  volumes: listOf(object({ name: label, persistentVolumeClaim: object({ claimName: label }) })),
});

/** Kubernetes: batch/v1. */
const job = object({
  apiVersion: { const: 'batch/v1' },
  kind: { const: 'Job' },
  metadata: object({ name: label }),
  spec: object({ backoffLimit: number, ttlSecondsAfterFinished: number, template: object({ spec: pod }) }),
});

/** Kubernetes: apps/v1. Its pods are started again whenever they end. */
const labels = object({ app: label });
const deployment = object({
  apiVersion: { const: 'apps/v1' },
  kind: { const: 'Deployment' },
  metadata: object({ name: label }),
  spec: object({
    replicas: number,
    selector: object({ matchLabels: labels }),
    template: object({
      metadata: object({ labels }),
      spec: object({
        securityContext: object({ runAsNonRoot: yes, runAsUser: { type: 'integer', minimum: 1 } }),
        containers: listOf(container),
      }),
    }),
  }),
});

const hooks = [
  'pre-install',
  'pre-upgrade',
  'post-install',
  'post-upgrade',
  'pre-rollback',
  'post-rollback',
  'pre-delete',
  'post-delete',
  'test',
];
const helm = object({
  metadata: object({
    annotations: object({
      'helm.sh/hook': { type: 'string', pattern: `^(${hooks.join('|')})(,(${hooks.join('|')}))*$` },
      'helm.sh/hook-delete-policy': oneOf('before-hook-creation', 'hook-succeeded', 'hook-failed'),
    }),
  }),
});

const step = {
  anyOf: [
    object({ 'if?': text, run: text, 'env?': record }),
    object({ 'if?': text, uses: { type: 'string', pattern: '^[\\w-]+/[\\w-]+@v\\d+$' }, 'with?': { type: 'object' } }),
  ],
};

/** GitHub Actions. */
const workflow = object({
  on: object({ push: object({ branches: listOf(text) }) }),
  jobs: {
    type: 'object',
    minProperties: 1,
    additionalProperties: object({ 'runs-on': text, 'environment?': text, 'concurrency?': text, 'env?': record, steps: listOf(step) }),
  },
});

/** GitLab CI: jobs by name. */
const pipeline: Schema = {
  type: 'object',
  minProperties: 1,
  additionalProperties: object({
    stage: text,
    image: text,
    environment: text,
    resource_group: text,
    script: listOf(text),
    artifacts: object({
      paths: listOf(text),
      when: oneOf('on_success', 'on_failure', 'always'),
      access: oneOf('all', 'none', 'developer', 'maintainer'),
      expire_in: text,
    }),
  }),
};

const SCHEMAS: Readonly<Record<string, Schema>> = {
  // biome-ignore lint/suspicious/noThenProperty: JSON Schema calls it so
  apiVersion: { if: { type: 'object', properties: { kind: { const: 'Deployment' } } }, then: deployment, else: job },
  initContainers: object({ initContainers: listOf(container) }),
  metadata: helm,
  jobs: workflow,
};

const ajv = new Ajv2020({ allErrors: true });

/** What is wrong with a document, by the schema that its own names call for; jobs of GitLab have names of their own. */
export function faultsOf(document: object): readonly string[] {
  const kind = Object.keys(SCHEMAS).find((name) => name in document);
  const validate = ajv.compile((kind === undefined ? undefined : SCHEMAS[kind]) ?? pipeline);
  return validate(document)
    ? []
    : (validate.errors ?? []).map(({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`);
}
