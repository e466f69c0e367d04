// Where the cards of a tree lie: children right of what they belong to, and those with nothing below them in a grid, so that
// a group with many of them is about as wide as it is high. Why no library of trees does it: docs/decisions/0034.
export const CARD = { width: 232, height: 66 };
export const STEP = { across: 292, down: 78, beside: 264 };
const APART = 14; // between the branches of a tree, more than between cards
const MOST_COLUMNS = 30;

/** The place of every open node, by id: `x` and `y`, its `level` from 1 on, `column` of the grid that it is in. */
export function layOut(below, closed, columns) {
  const places = new Map();
  const childrenOf = (id) => (closed.has(id) ? [] : (below.get(id) ?? []));

  /** Puts nodes below each other, those with nothing below them in lines; the first free line after them. */
  const stack = (nodes, x, top, level) => {
    let [y, column, isAfterBranch] = [top, 0, false];
    for (const of of nodes) {
      if (childrenOf(of.id).length) {
        y += column ? STEP.down : 0;
        y = branch(of, x, y > top ? y + APART : y, level);
        [column, isAfterBranch] = [0, true];
      } else {
        y += isAfterBranch ? APART : 0;
        places.set(of.id, { of, level, column, x: x + column * STEP.beside, y });
        column = (column + 1) % columns;
        y += column ? 0 : STEP.down;
        isAfterBranch = false;
      }
    }
    return column ? y + STEP.down : y;
  };

  /** Puts a node beside the middle of its children. */
  const branch = (of, x, top, level) => {
    const children = childrenOf(of.id);
    const end = stack(children, x + STEP.across, top, level + 1);
    const first = places.get(children[0].id).y;
    const last = places.get(children.at(-1).id).y;
    places.set(of.id, { of, level, column: 0, x, y: (first + last) / 2 });
    return end;
  };

  stack(below.get(null) ?? [], 0, 0, 1);
  return places;
}

/** How wide and how high it all is. */
export function boxOf(places) {
  let width = 0;
  let height = 0;
  for (const { x, y } of places.values()) {
    width = Math.max(width, x + CARD.width);
    height = Math.max(height, y + CARD.height);
  }
  return { width, height };
}

/** The columns with which the tree is the largest in a room of that size, and the scale that it has then, 1 at most. */
export function bestColumns(below, closed, room) {
  let best = { columns: 1, scale: 0 };
  for (let columns = 1; columns <= MOST_COLUMNS && best.scale < 1; columns += 1) {
    const { width, height } = boxOf(layOut(below, closed, columns));
    const scale = Math.min(1, room.width / width, room.height / height);
    if (scale > best.scale) {
      best = { columns, scale };
    }
  }
  return best;
}
