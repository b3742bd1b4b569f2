import { linesOf } from '../../../src/cli/print-report';
import type { CheckResult } from '../../../src/doctor/report';

const denied: CheckResult = {
  id: 'login',
  status: 'fail',
  summary: 'Access denied',
  fix: 'Attach the policy',
  host: 'reader:3306',
  possibleCauses: [{ id: 'policy', cause: 'The policy', fix: 'Attach', evidence: 'the log' }],
};

it('prints what was found, the remedy, and the reasons that remain', () => {
  expect(linesOf(denied, false)).toEqual([
    'fail  login        reader:3306: Access denied',
    '                   → Attach the policy',
    '                   1. The policy',
    '                      the log',
  ]);
});

it.each([
  ['pass', 32],
  ['warn', 33],
  ['fail', 31],
  ['skip', 90],
] as const)('colours nothing but the word %s', (status, color) => {
  const [line] = linesOf({ id: 'dns', status, summary: 'found' }, true);
  expect(line).toBe(`\u001b[${color}m${status}\u001b[0m  dns          found`);
});
