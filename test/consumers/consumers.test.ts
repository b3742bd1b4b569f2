import { checkBuilt } from '../harness/built-package';
import { togetherIt } from '../harness/together';
import { deleteProjects, pack } from '../package/fresh-project';
import { startEndpoints, type Endpoints } from './endpoints';
import { select } from './projects';
import { runProject, type Row } from './run-consumers';

/** Some of each kind; `npm run consumers` runs them all, and those of bundlers that take a minute. */
const HANDFUL = [
  'Jest: CommonJS, no configuration',
  'esbuild: cjs, register, also beside another sequelize',
  'pnpm: CommonJS, register',
  "Yarn Plug'n'Play: CommonJS, register",
  'Two instances, one a copy of the other: CommonJS, addIamAuth',
  'Two instances, one a copy of the other: ES modules, withIamAuth',
  'require and import in one process: one IamAuthError',
];
const handful = select((title) => HANDFUL.includes(title));

// Packages are installed.
jest.setTimeout(300_000);

let endpoints: Endpoints;
let tarball: string;
beforeAll(async () => {
  checkBuilt();
  tarball = await pack();
  endpoints = await startEndpoints();
});
afterAll(async () => {
  deleteProjects();
  await endpoints.close();
});

it('names consumers that there are', () => {
  expect(handful.flatMap(({ applications }) => applications)).toHaveLength(HANDFUL.length);
});

// An installation waits for the disk while another consumer computes.
const together = togetherIt(2);
for (const project of handful)
  together(`${project.name}: logs in, inserts a row and selects it`, async () => {
    const rows: Row[] = [];
    await runProject(project, { tarball, endpoints }, (row) => rows.push(row));

    expect(rows.filter(({ outcome }) => outcome.kind !== 'ok')).toEqual([]);
    expect(rows).toHaveLength(project.applications.length);
  });
