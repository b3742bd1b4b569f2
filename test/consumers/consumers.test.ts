import { checkBuilt } from '../integration/built-package';
import { deleteProjects, pack } from '../package/fresh-project';
import { startEndpoints, type Endpoints } from './endpoints';
import { select } from './projects';
import { runProject, type Row } from './run-consumers';

/** One of each kind; `npm run consumers` runs them all. */
const HANDFUL = [
  'Jest: CommonJS, no configuration',
  'esbuild: cjs, register, also beside another sequelize',
  'webpack: target node, addIamAuth',
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

it.each(handful)('$name: logs in, inserts a row and selects it', async (project) => {
  const rows: Row[] = [];
  await runProject(project, { tarball, endpoints }, (row) => rows.push(row));

  expect(rows.filter(({ outcome }) => outcome.kind !== 'ok')).toEqual([]);
  expect(rows).toHaveLength(project.applications.length);
});
