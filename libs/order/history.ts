interface Fact {
  readonly version: number;
  readonly type: string;
}

/** Attempts may fail often, and a key be renewed; all else happens to an order, a photo or an account once. */
const often = new Set(['StepFailed', 'RenderingFailed', 'NotificationSent', 'NotificationFailed', 'KeyRenewed']);

/** Where the versions of a stream, oldest first, do not count from 1 without gaps. In words. */
export function gapIn(facts: readonly Fact[]): string | undefined {
  const gap = facts.findIndex(({ version }, n) => version !== n + 1);
  return gap < 0 ? undefined : `has ${facts[gap]!.version} where ${gap + 1} should be`;
}

/** What no stream may say, however it came about: a fact twice, the way forward after the way back. In words. */
export function contradictionsIn(facts: readonly Fact[]): readonly string[] {
  const types = facts.map(({ type }) => type);
  const twice = new Set(types.filter((type, n) => !often.has(type) && types.indexOf(type) < n));
  const cancelled = types.indexOf('CancellationRequested');
  const handed = types.indexOf('HandoverStarted');
  return [
    ...[...twice].map((type) => `${type} stands there twice`),
    ...(cancelled >= 0 && handed >= 0 ? [`cancelled (${cancelled + 1}) and handed over (${handed + 1})`] : []),
  ];
}
