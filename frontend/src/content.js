// Runs something for each element that fits, on the page as it comes and on what comes into it later.
import htmx from "htmx.org/dist/htmx.esm.js";

export function onContent(selector, run) {
  const once = new WeakSet();
  const runIn = (root) => {
    for (const element of [root, ...root.querySelectorAll(selector)]) {
      if (element.matches?.(selector) && !once.has(element)) {
        once.add(element);
        run(element);
      }
    }
  };
  htmx.onLoad(runIn);
}
