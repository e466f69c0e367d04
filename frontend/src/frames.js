// A link with data-modal opens its page in the modal frame; forms and links in there stay in there, until an answer
// leads elsewhere. Without this script the same addresses are pages of their own.
import htmx from "htmx.org/dist/htmx.esm.js";
import { Modal, Offcanvas, Collapse, Tab } from "bootstrap";

export { Collapse, Offcanvas, Tab }; // imported for what they do by themselves

const FRAME = "#frame-content";
const FIRST = "[autofocus], input:not([type=hidden]), select, textarea, .btn-primary, .btn-danger";
const WRONG = "[autofocus], .has-problem :is(input:not([type=hidden]), select, textarea)";

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[data-modal]");
  if (!link || event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) {
    return;
  }
  event.preventDefault();
  htmx.ajax("GET", link.href, { target: FRAME, swap: "innerHTML" });
});

document.addEventListener("htmx:afterSwap", ({ detail }) => {
  if (!detail.target.matches(FRAME)) {
    return;
  }
  const frame = document.querySelector("#frame");
  frame.querySelector(".modal-dialog").dataset.width = detail.target.firstElementChild?.dataset.width ?? "";
  if (frame.classList.contains("show")) {
    focusWithin(frame, WRONG); // the button that was pressed is gone, and Escape is heard within the frame only
  } else {
    Modal.getOrCreateInstance(frame).show();
  }
});

document.querySelector("#frame")?.addEventListener("shown.bs.modal", ({ target }) => {
  focusWithin(target, FIRST);
});

function focusWithin(frame, wanted) {
  frame.querySelector(wanted)?.focus();
  if (!frame.contains(document.activeElement)) {
    frame.focus();
  }
}

// What somebody has entered is not lost by a click beside the frame or by Escape: it takes a button that says so.
let entered = false;
let dismissed = false;

for (const name of ["input", "change"]) {
  document.querySelector(FRAME)?.addEventListener(name, ({ target }) => {
    entered ||= target.closest("form[method='post']") !== null;
  });
}
document.querySelector(FRAME)?.addEventListener("click", ({ target }) => {
  entered ||= target.closest("[data-add-row], [data-remove-row]") !== null;
});
window.addEventListener("click", ({ target }) => { // before Bootstrap, which listens while the event comes down
  dismissed = target.closest?.("#frame [data-bs-dismiss]") != null;
}, { capture: true });
document.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (detail.target.matches?.(FRAME) && detail.requestConfig.verb === "get") {
    entered = false;
  }
});

document.querySelector("#frame")?.addEventListener("hide.bs.modal", (event) => {
  if (entered && !dismissed) {
    event.preventDefault();
    document.querySelector("#not-saved").hidden = false;
  }
});

document.querySelector("#frame")?.addEventListener("hidden.bs.modal", () => {
  entered = dismissed = false;
  document.querySelector("#not-saved").hidden = true;
  document.querySelector(FRAME).replaceChildren();
});
