/** Supports ranges like `>=3.9.8 <4`, the only kind in this package's package.json. */
export function isInRange(version: string, range: string): boolean {
  return range.split(' ').every((part) => {
    const [, operator, bound = ''] = /^(>=|<)(.+)$/.exec(part) ?? [];
    const order = compareVersions(version, bound);
    return operator === '<' ? order < 0 : order >= 0;
  });
}

/** Compares as semver does: a release is higher than its prereleases. */
function compareVersions(one: string, other: string): number {
  const [release = '', pre] = one.split('-');
  const [otherRelease = '', otherPre] = other.split('-');
  const inOrder = (a: string, b: string) => a.localeCompare(b, 'en', { numeric: true });
  const order = inOrder(release, otherRelease);
  if (order !== 0 || pre === otherPre) return order;
  if (pre === undefined) return 1;
  return otherPre === undefined ? -1 : inOrder(pre, otherPre);
}
