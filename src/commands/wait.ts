import * as options from '../cli/options.ts';
import { parseDuration } from '../cli/options.ts';
import { define } from '../cli/script.ts';
import { awaitApplied } from '../journeys/wait.ts';

export const command = define({
  name: 'migrate:wait',
  describe:
    'Waits until every migration of this build that comes before the deploy is applied, and changes nothing: for what must not start before.',
  options: {
    env: options.env,
    timeout: { type: 'string', requiresArg: true, default: '5min', describe: 'how long: 60s, 5min' },
    report: options.report,
  },
  examples: [['npx lockstep wait --env production --timeout 10min', "a worker's init container"]],
  run: ({ timeout }, journey) => awaitApplied(journey, parseDuration(timeout)),
});
