import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatted } from '../harness/formatted';
import { ROOT } from '../harness/child';
import type { Adversary } from './adversary';
import { entriesOf, tableOf, type Entry } from './report';
import type { Row } from './verdict';

const TEXT = `# Adversaries

Servers and middlemen that want the token. \`npm run adversaries\` runs each of them against mysql2, the MariaDB connector and pg, with
Sequelize 6 and 7, and writes this page; \`npm test\` runs them too. Each records every byte that it can read: plain text, and what was
encrypted for its own key. The recording is searched for the token, for every part of eight bytes of its signature, its session token and
its other parameters, for these in Base64, in hexadecimal, unescaped or combined with the server's nonce, and for hashes that are computed
from it.

- **Bytes** are those of the token that the adversary got, from the package.
- **By hand** is what the same adversary gets from a hook that sets the token as the password and verifies nothing. It shows that the
  recording finds what is there. A dash means that it was not tried, mostly because the driver then waits forever or ends the process.
- **The application sees** the code that \`explainError\` gives for the error of its query. Each login ends within the driver's timeout.

An adversary that passes TLS on verbatim cannot read the token, and what it records cannot be played again. A token that is known can be used
again for 15 minutes, as RDS allows; so the package protects the token itself. The key of an endpoint's session tickets is worth as much
as its private key: mysql2 from 3.24.4 on resumes TLS sessions, and a resumed session has no certificate. The exact results, with the
drivers' messages, are in [adversaries.json](adversaries.json).
`;

const inDocs = (name: string) => join(ROOT, 'docs', name);

/** Writes docs/adversaries.md and docs/adversaries.json. */
export async function writePage(
  adversaries: readonly Adversary[],
  rows: readonly Row[],
): Promise<void> {
  const entries: Entry[] = entriesOf(rows);
  const page = `${TEXT}\n${tableOf(adversaries, entries)}\n`;
  const style = { printWidth: 100, singleQuote: true };
  writeFileSync(inDocs('adversaries.md'), await formatted(page, { ...style, parser: 'markdown' }));
  const json = JSON.stringify(entries);
  writeFileSync(inDocs('adversaries.json'), await formatted(json, { ...style, parser: 'json' }));
}
