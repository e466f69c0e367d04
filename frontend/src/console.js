// What every page of the console can do; each part is a module of its own.
import "./requests.js";
import "./frames.js";
import "./keys.js";
import "./fields.js";
import "./parts/parts.js";
import { onContent } from "./content.js";
import { Dropdown, Toast, Tooltip } from "bootstrap";

onContent("[data-toast]", (element) => new Toast(element, { delay: 6000 }).show());
onContent("[data-bs-toggle='tooltip']", (element) => new Tooltip(element));
onContent("[data-bs-toggle='dropdown']", (element) => new Dropdown(element, { popperConfig: { strategy: "fixed" } }));
// A cell that sticks to the edge of its list lies above the cards that follow while its menu is open.
for (const [name, isOpen] of [["show.bs.dropdown", true], ["hidden.bs.dropdown", false]]) {
  document.addEventListener(name, ({ target }) => target.closest("td, th")?.classList.toggle("has-open-menu", isOpen));
}
document.documentElement.dataset.ready = "";
