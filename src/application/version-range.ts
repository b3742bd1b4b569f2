/** For ranges like `>=3.9.8 <4`, which are all that this package's own package.json has. */
export function isInRange(version: string, range: string): boolean {
  return range.split(' ').every((part) => {
    const [, operator, bound = ''] = /^(>=|<)(.+)$/.exec(part) ?? [];
    const order = compareVersions(version, bound);
    return operator === '<' ? order < 0 : order >= 0;
  });
}

/** As semver does: a release comes after its pre-releases. */
function compareVersions(one: string, other: string): number {
  const [release = '', pre] = one.split('-');
  const [otherRelease = '', otherPre] = other.split('-');
  const inOrder = (a: string, b: string) => a.localeCompare(b, 'en', { numeric: true });
  const order = inOrder(release, otherRelease);
  if (order !== 0 || pre === otherPre) return order;
  if (pre === undefined) return 1;
  return otherPre === undefined ? -1 : inOrder(pre, otherPre);
}
