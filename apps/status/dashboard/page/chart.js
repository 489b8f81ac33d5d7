// Orders a minute, as bars: placed to the left, ended to the right of each minute.
import { s } from './dom.js';
import { time } from './format.js';

const [width, height, foot] = [600, 120, 6];

export function chart(minutes) {
  const most = Math.max(1, ...minutes.map(({ placed, completed, failed }) => Math.max(placed, completed + failed)));
  const slot = width / minutes.length;
  const tall = (n) => (n === 0 ? 0 : Math.max(2, ((height - foot) * n) / most));
  const bars = minutes.flatMap(({ at, placed, completed, failed }, n) => {
    const x = n * slot;
    const rect = (kind, value, dx, below = 0) =>
      value > 0 && s('rect', { class: kind, x: x + dx, width: slot * 0.36, y: height - tall(value) - below, height: tall(value), rx: 1 });
    const said = `${time(at).slice(0, 5)}: ${placed} placed, ${completed} completed, ${failed} failed or cancelled`;
    return s(
      'g',
      null,
      s('title', null, said),
      rect('placed', placed, slot * 0.1),
      rect('completed', completed, slot * 0.5),
      rect('failed', failed, slot * 0.5, tall(completed)),
    );
  });
  const total = (kind) => minutes.reduce((sum, minute) => sum + minute[kind], 0);
  const label = `Orders a minute in the last ${minutes.length} minutes: ${total('placed')} placed, ${total('completed')} completed, ${total('failed')} failed or cancelled; at most ${most} in a minute`;
  return s(
    'svg',
    { class: 'chart', viewBox: `0 0 ${width} ${height + 1}`, preserveAspectRatio: 'none', role: 'img', 'aria-label': label },
    s('line', { x1: 0, x2: width, y1: height + 0.5, y2: height + 0.5 }),
    ...bars,
  );
}
