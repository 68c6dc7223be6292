import type { Plan } from '../model/plan.ts';

/** The SQL that a plan would run, file after file, to be read or piped. Texts are as in the files. */
export function dryRunText({ steps }: Plan): string {
  return steps
    .map((step) => {
      if (step.kind === 'code') return `-- ${step.migration.name}: code, ${step.migration.module}\n`;
      const { file } = step.script;
      return `-- ${file.path}\n${file.text.endsWith('\n') ? file.text : `${file.text}\n`}`;
    })
    .join('\n');
}
