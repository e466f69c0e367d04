// "/" goes to the search, arrows go through a list, Escape leaves the search and its answers.
const search = () => document.querySelector("#quick-search");
const isTyping = (element) => element.matches("input, textarea, select, [contenteditable]");

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) {
    return;
  }
  if (event.key === "/" && !isTyping(event.target)) {
    event.preventDefault();
    (document.querySelector("[data-search]") ?? search())?.focus();
  } else if (event.key === "Escape" && event.target.closest("[data-quick]")) {
    closeAnswers();
    search().value = "";
    search().blur();
  } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    step(event);
  }
});

document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-quick]")) {
    closeAnswers();
  }
});

function closeAnswers() {
  document.querySelector("#quick-answers")?.replaceChildren();
}

/** From a search field into its list, and from one entry of a list to the next. */
function step(event) {
  const list = event.target.dataset.list
    ? document.querySelector(event.target.dataset.list)
    : event.target.closest("[data-arrows]");
  if (!list || (isTyping(event.target) && !event.target.dataset.list)) {
    return;
  }
  const entries = [...list.querySelectorAll("a[data-entry]")];
  const next = entries[entries.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1)];
  if (next) {
    event.preventDefault();
    next.focus();
  } else if (event.key === "ArrowUp") {
    document.querySelector(`[data-list="#${list.id}"]`)?.focus();
  }
}
