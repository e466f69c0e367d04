// Scripts of single pages: each is loaded when an element has its name as data-part.
import { onContent } from "../content.js";

const parts = {
  days: () => import("./days.js"),
  drop: () => import("./drop.js"),
  hierarchy: () => import("./hierarchy.js"),
};

onContent("[data-part]", async (element) => (await parts[element.dataset.part]()).default(element));
