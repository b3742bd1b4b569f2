import { OPTIONS, type OptionRow } from './option-table';

const WIDTH = 100;
const INDENT = 30;

/** How an option is written. */
export const synopsis = ({ name, value }: OptionRow) =>
  value === undefined ? `--${name}` : `--${name} ${value}`;

function wrapped(text: string): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > WIDTH - INDENT) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

const describe = (row: OptionRow) =>
  wrapped(row.isRepeatable ? `${row.about}; may be repeated` : row.about)
    .map((line, index) => `${(index === 0 ? `  ${synopsis(row)}` : '').padEnd(INDENT)}${line}`)
    .join('\n');

/** The text of `--help`. */
export const HELP = `Usage: rds-iam-emulator --backend URL --user NAME [options] [-- command …]

An Amazon RDS endpoint with IAM database authentication, on loopback, in front of your own database.
Prints what an application needs, and runs until Ctrl-C; or runs the command in that environment.

${OPTIONS.map(describe).join('\n')}

Exit codes:
  0     it ran until Ctrl-C or SIGTERM
  1     something failed, or what was created could not be removed
  2     an option is wrong: the message says which, and what to write
  126   the command cannot be run         127   the command does not exist
  130   ended at once by a second Ctrl-C
  with a command otherwise the command's own, 128 + n if signal n ended it`;
