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
document.documentElement.dataset.ready = "";
