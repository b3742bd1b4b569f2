import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT, runNode } from '../../harness/child';

const SCRIPT = join(ROOT, 'scripts/release-check.mjs');
const url = 'git+https://github.com/somebody/sequelize-rds-iam.git';
const CHANGELOG = '# Changelog\n\n## [Unreleased]\n\n## [1.2.3] - 2026-01-02\n\n- A change.\n';
const EMULATOR_CHANGELOG = '# Changelog\n\n## [0.1.0-rc.1] - 2026-01-02\n';

/** Two packages that are ready for a release. */
const READY = {
  manifest: {
    name: 'sequelize-rds-iam',
    version: '1.2.3',
    repository: { url },
    devDependencies: { 'rds-iam-emulator': '0.1.0-rc.1' },
  },
  emulator: { name: 'rds-iam-emulator', version: '0.1.0-rc.1', repository: { url } },
  lock: { packages: { '': { version: '1.2.3' }, emulator: { version: '0.1.0-rc.1' } } },
  changelog: CHANGELOG,
  emulatorChangelog: EMULATOR_CHANGELOG as string | undefined,
};

/** What the script says of such packages. */
async function check(state: typeof READY, ...tag: string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'release-'));
  const write = (file: string, content: unknown) => {
    const text = typeof content === 'string' ? content : JSON.stringify(content);
    writeFileSync(join(folder, file), text);
  };
  mkdirSync(join(folder, 'emulator'));
  write('package.json', state.manifest);
  write('package-lock.json', state.lock);
  write('CHANGELOG.md', state.changelog);
  write('emulator/package.json', state.emulator);
  if (state.emulatorChangelog !== undefined)
    write('emulator/CHANGELOG.md', state.emulatorChangelog);
  try {
    return await runNode([SCRIPT, ...tag], { cwd: folder });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const { manifest, emulator, lock } = READY;

describe('release-check', () => {
  it.each([
    { tag: 'v1.2.3', stdout: 'folder=.\ndist-tag=latest\n' },
    { tag: 'emulator-v0.1.0-rc.1', stdout: 'folder=emulator\ndist-tag=next\n' },
  ])('says what $tag publishes, and how', async ({ tag, stdout }) => {
    expect(await check(READY, tag)).toEqual({ exitCode: 0, stdout, stderr: '' });
  });

  it('passes packages that agree with themselves', async () => {
    expect(await check(READY)).toEqual({
      exitCode: 0,
      stdout:
        'sequelize-rds-iam 1.2.3 agrees with itself\nrds-iam-emulator 0.1.0-rc.1 agrees with itself\n',
      stderr: '',
    });
  });

  it.each([
    {
      name: 'a changelog without the version',
      state: { ...READY, changelog: CHANGELOG.replace('1.2.3', '1.2.2') },
      says: 'its version is 1.2.3, but the newest one in its changelog is 1.2.2',
    },
    {
      name: 'a changelog without a date',
      state: { ...READY, changelog: CHANGELOG.replace(' - 2026-01-02', '') },
      says: 'its changelog has the heading "[1.2.3]" without a date',
    },
    {
      name: 'a lock file of another version',
      state: { ...READY, lock: { packages: { ...lock.packages, '': { version: '1.2.2' } } } },
      says: 'its version is 1.2.3, but package-lock.json says 1.2.2',
    },
    {
      name: 'a version that is none',
      state: { ...READY, manifest: { ...manifest, version: '1.2' } },
      says: 'its version 1.2 is none of semantic versioning',
    },
    {
      name: 'an emulator of another version than the tests use',
      state: {
        ...READY,
        manifest: { ...manifest, devDependencies: { 'rds-iam-emulator': '0.0.9' } },
      },
      says: 'its version is 0.1.0-rc.1, but package.json depends on 0.0.9',
    },
    {
      name: 'an emulator from elsewhere',
      state: { ...READY, emulator: { ...emulator, repository: { url: 'git+https://a.invalid' } } },
      says: 'its repository is git+https://a.invalid, but that of package.json is',
    },
  ])('fails on $name, with and without a tag', async ({ state, says }) => {
    const tag =
      says.includes('0.1.0') || says.includes('a.invalid') ? 'emulator-v0.1.0-rc.1' : 'v1.2.3';
    for (const args of [[], [tag]]) {
      const { exitCode, stderr } = await check(state, ...args);
      expect({ exitCode, stderr }).toEqual({
        exitCode: 1,
        stderr: expect.stringContaining(says) as string,
      });
    }
  });

  it.each([
    {
      name: 'changes that are unreleased',
      state: {
        ...READY,
        changelog: CHANGELOG.replace('[Unreleased]\n', '[Unreleased]\n\n- One.\n'),
      },
      tag: 'v1.2.3',
      says: 'the changelog has changes under Unreleased',
    },
    {
      name: 'the placeholder',
      state: {
        ...READY,
        manifest: { ...manifest, repository: { url: url.replace('somebody', 'OWNER') } },
        emulator: { ...emulator, repository: { url: url.replace('somebody', 'OWNER') } },
      },
      tag: 'v1.2.3',
      says: 'the placeholder OWNER in the addresses must be replaced',
    },
    {
      name: 'no changelog',
      state: { ...READY, emulatorChangelog: undefined },
      tag: 'emulator-v0.1.0-rc.1',
      says: 'it needs a CHANGELOG.md',
    },
  ])('releases nothing with $name, which it lists without a tag', async ({ state, tag, says }) => {
    const listed = await check(state);
    expect({ exitCode: listed.exitCode, stdout: listed.stdout }).toEqual({
      exitCode: 0,
      stdout: expect.stringContaining(`before its next release, ${says}`) as string,
    });

    const { exitCode, stdout, stderr } = await check(state, tag);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toContain(says);
  });

  it.each([
    { tag: 'v1.2.4', says: 'the tag is v1.2.4, but its version needs v1.2.3' },
    { tag: 'emulator-v1.2.3', says: 'its version needs emulator-v0.1.0-rc.1' },
    { tag: '1.2.3', says: 'a tag is v1.2.3 or emulator-v1.2.3' },
  ])('releases nothing for the tag $tag', async ({ tag, says }) => {
    const { exitCode, stdout, stderr } = await check(READY, tag);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toContain(says);
  });
});
