// Before anything is drawn: "auto" is what the system says.
const root = document.documentElement;
const dark = matchMedia("(prefers-color-scheme: dark)");

function applyTheme() {
  const chosen = root.dataset.theme || "auto";
  root.dataset.bsTheme = chosen === "auto" ? (dark.matches ? "dark" : "light") : chosen;
}

applyTheme();
dark.addEventListener("change", applyTheme);
