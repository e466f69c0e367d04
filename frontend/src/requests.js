// How HTMX asks: with the token against forgery, without anything that a strict policy forbids.
import htmx from "htmx.org/dist/htmx.esm.js";

Object.assign(htmx.config, {
  allowEval: false,
  allowScriptTags: false,
  includeIndicatorStyles: false,
  selfRequestsOnly: true,
  historyCacheSize: 0, // going back asks the server again: nothing stale, nothing kept in the browser
  refreshOnHistoryMiss: true,
  scrollIntoViewOnBoost: false,
  responseHandling: [
    { code: "204", swap: false },
    { code: "[23]..", swap: true },
    { code: "4(03|04|09|22)", swap: true }, // pages of their own: what was refused, and why
    { code: "...", swap: false, error: true },
  ],
});

/** What a form holds for its own sending: no address says it, where it would be kept in histories and logs. */
const NOT_IN_ADDRESSES = ["csrfmiddlewaretoken", "as_opened"];

document.addEventListener("htmx:configRequest", ({ detail }) => {
  const token = document.querySelector("meta[name='csrf-token']")?.content;
  if (detail.verb === "get") {
    NOT_IN_ADDRESSES.forEach((name) => delete detail.parameters[name]);
  } else if (token) {
    detail.headers["X-CSRFToken"] = token;
  }
});

// data-last-answer-counts: of what a form asks for while it is filled in, only the answer to the last question is shown,
// so that one that comes late does not undo what somebody entered meanwhile. The earlier question is given up: its
// answer can't be refused when it comes, as its target may have left the page, and then no event of it gets here.
const asking = new WeakMap();
document.addEventListener("htmx:beforeRequest", ({ detail }) => {
  const form = detail.elt.closest("[data-last-answer-counts]");
  if (form) {
    asking.get(form)?.abort();
    asking.delete(form);
    if (detail.requestConfig.verb === "get") { // what is sent is never given up
      asking.set(form, detail.xhr);
    }
  }
});

for (const name of ["htmx:sendError", "htmx:responseError"]) {
  document.addEventListener(name, () => {
    document.querySelector("#unanswered")?.removeAttribute("hidden");
  });
}
document.addEventListener("htmx:afterOnLoad", () => {
  document.querySelector("#unanswered")?.setAttribute("hidden", "");
});
