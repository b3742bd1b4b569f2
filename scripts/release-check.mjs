/**
 * `node scripts/release-check.mjs` checks in the current folder that version, lock file, changelog and addresses of both packages agree,
 * and lists what else their next releases need. `node scripts/release-check.mjs TAG` checks the package that the tag releases, for which
 * nothing may be missing, and prints its folder and its tag at npm as `name=value`. The exit code is 1 if a check fails.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const PACKAGES = [
  { folder: '.', tagPrefix: 'v' },
  { folder: 'emulator', tagPrefix: 'emulator-v' },
];
const VERSION = /^\d+\.\d+\.\d+(?<prerelease>-[0-9A-Za-z.-]+)?$/;
const DATED = /^\[(?<version>[^\]]+)\] - \d{4}-\d{2}-\d{2}$/;

const read = (folder, file) => readFileSync(join(folder, file), 'utf8');
const manifestOf = (folder) => JSON.parse(read(folder, 'package.json'));
const root = manifestOf('.');
const lock = JSON.parse(read('.', 'package-lock.json'));

/** The sections of a changelog, in its order: their headings, and whether there is anything below. */
function sectionsOf(changelog) {
  return changelog
    .split(/^## /m)
    .slice(1)
    .map((section) => {
      const [heading = '', ...lines] = section.split('\n');
      return { heading: heading.trim(), isEmpty: lines.join('').trim() === '' };
    });
}

/** What contradicts itself, and what is not ready for a release yet. */
function examine({ folder }) {
  const manifest = manifestOf(folder);
  const { name, version } = manifest;
  const locked = lock.packages[folder === '.' ? '' : folder]?.version;
  const dependency = root.devDependencies?.[name];
  const wrong = [
    !VERSION.test(version) && `its version ${version} is none of semantic versioning`,
    locked !== version && `its version is ${version}, but package-lock.json says ${locked}`,
    dependency !== undefined &&
      dependency !== version &&
      `its version is ${version}, but package.json depends on ${dependency}`,
    manifest.repository?.url !== root.repository?.url &&
      `its repository is ${manifest.repository?.url}, but that of package.json is ${root.repository?.url}`,
  ];
  const missing = [
    /\/OWNER\//.test(manifest.repository?.url) &&
      'the placeholder OWNER in the addresses must be replaced',
  ];

  if (!existsSync(join(folder, 'CHANGELOG.md'))) {
    missing.push('it needs a CHANGELOG.md');
  } else {
    const sections = sectionsOf(read(folder, 'CHANGELOG.md'));
    const [unreleased, ...releases] =
      sections[0]?.heading === '[Unreleased]' ? sections : [undefined, ...sections];
    const undated = releases.find(({ heading }) => !DATED.test(heading));
    const newest = DATED.exec(releases[0]?.heading ?? '')?.groups.version;
    wrong.push(
      undated !== undefined && `its changelog has the heading "${undated.heading}" without a date`,
      newest !== version &&
        `its version is ${version}, but the newest one in its changelog is ${newest}`,
    );
    missing.push(
      unreleased?.isEmpty === false &&
        'the changelog has changes under Unreleased: move them under a version',
    );
  }
  return { name, version, wrong: wrong.filter(Boolean), missing: missing.filter(Boolean) };
}

function fail(name, problem) {
  console.error(`${name}: ${problem}`);
  process.exitCode = 1;
}

const [tag] = process.argv.slice(2);
if (tag === undefined) {
  for (const each of PACKAGES) {
    const { name, version, wrong, missing } = examine(each);
    for (const problem of wrong) fail(name, problem);
    const before = missing.map((problem) => `\n  before its next release, ${problem}`).join('');
    if (wrong.length === 0) console.log(`${name} ${version} agrees with itself${before}`);
  }
} else {
  const released = PACKAGES.findLast(({ tagPrefix }) => tag.startsWith(tagPrefix));
  if (released === undefined) {
    fail(tag, `a tag is ${PACKAGES.map(({ tagPrefix }) => `${tagPrefix}1.2.3`).join(' or ')}`);
  } else {
    const { name, version, wrong, missing } = examine(released);
    const expected = `${released.tagPrefix}${version}`;
    if (tag !== expected) fail(name, `the tag is ${tag}, but its version needs ${expected}`);
    for (const problem of [...wrong, ...missing]) fail(name, problem);
    const isPrerelease = VERSION.exec(version)?.groups.prerelease !== undefined;
    if (process.exitCode === undefined) {
      console.log(`folder=${released.folder}\ndist-tag=${isPrerelease ? 'next' : 'latest'}`);
    }
  }
}
