// Fields that help: selects that are searched, forms that send themselves, parts that depend on a choice, rows that
// are added.
import htmx from "htmx.org/dist/htmx.esm.js";
import { onContent } from "./content.js";

/** A select with data-search-in asks that address for what is typed: [{value, text}]. It is asked with the fields that
 *  data-with names, and once more when one of them changes; data-none says why there may be nothing. */
async function searchable(select) {
  const { default: TomSelect } = await import("tom-select/dist/esm/tom-select.complete.js");
  const address = select.dataset.searchIn;
  const asksWith = (select.dataset.with ?? "").split(" ").filter(Boolean);
  let latest = "";
  const field = new TomSelect(select, {
    maxOptions: null,
    allowEmptyOption: !address && !select.required,
    placeholder: address ? "Search" : undefined,
    valueField: "value",
    labelField: "text",
    searchField: address ? [] : ["text"],
    preload: address ? "focus" : false,
    render: { no_results: () => said(select.dataset.none || "Nothing found") },
    ...(address && {
      shouldLoad: () => true, // nothing typed finds the first ones, or says why there are none
      async load(typed, answer) {
        latest = typed;
        const url = new URL(address, location.href);
        url.searchParams.set("q", typed);
        for (const name of asksWith) {
          url.searchParams.set(name.split(".").pop(), select.form.elements.namedItem(name)?.value ?? "");
        }
        const response = await fetch(url, { headers: { Accept: "application/json" } });
        const found = response.ok ? await response.json() : [];
        if (typed === latest) {
          this.clearOptions();
        }
        answer(typed === latest ? found : []); // one that was overtaken says nothing any more
      },
    }),
  });
  select.form?.addEventListener("change", ({ target }) => {
    if (asksWith.includes(target.name)) {
      field.clearOptions();
      field.wrapper.classList.remove("preloaded"); // so that it asks when it gets the focus
    }
  });
  select.setAttribute("aria-hidden", "true"); // the field that Tom Select puts beside it has the label
  const error = select.getAttribute("aria-describedby");
  if (error) {
    field.control_input.setAttribute("aria-describedby", error);
  }
}

function said(text) {
  return Object.assign(document.createElement("div"), { className: "no-results", textContent: text });
}

onContent("select[data-searchable], select[data-search-in]", searchable);
onContent("form[data-send-on-change]", (form) => form.addEventListener("change", () => form.requestSubmit()));

/** data-shown-when="kind=person": shown, and sent, only while that field of the form has that value. */
onContent("[data-shown-when]", (part) => {
  const [name, wanted] = part.dataset.shownWhen.split("=");
  const form = part.closest("form");
  const update = () => {
    const field = form.elements.namedItem(name);
    const value = field?.type === "checkbox" ? String(field.checked) : field?.value;
    const is = wanted.split("|").includes(value);
    part.hidden = !is;
    for (const inner of part.querySelectorAll("input, select, textarea")) {
      inner.disabled = !is || inner.dataset.fixed !== undefined;
      inner.tomselect?.[inner.disabled ? "disable" : "enable"]();
    }
  };
  form.addEventListener("change", update);
  update();
});

/** data-add-row="phones": another row of that list, made from its template. */
document.addEventListener("click", (event) => {
  const adds = event.target.closest("[data-add-row]");
  if (adds) {
    const list = document.getElementById(adds.dataset.addRow);
    const row = list.querySelector("template").content.cloneNode(true);
    list.insertBefore(row, list.querySelector("template"));
    const made = list.querySelector("template").previousElementSibling;
    htmx.process(made);
    made.querySelector("input, select")?.focus();
  }
  const removes = event.target.closest("[data-remove-row]");
  if (removes) {
    removes.closest("[data-row]").remove();
  }
});

/** data-propose="id_number": asks the address for {number} and puts it there. */
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-propose]");
  if (button) {
    const token = document.querySelector("meta[name='csrf-token']").content;
    const response = await fetch(button.dataset.address, { method: "POST", headers: { "X-CSRFToken": token } });
    if (response.ok) {
      document.getElementById(button.dataset.propose).value = (await response.json()).number;
    }
  }
});

// data-select-all: what is there to be copied is selected once it has the focus.
onContent("input[data-select-all]", (input) => input.addEventListener("focus", () => input.select()));

/** data-fits="account.currency": options marked data-only="EUR" are on offer only while that field says so. */
onContent("select[data-fits]", (select) => {
  const form = select.form;
  const update = () => {
    const wanted = form.elements.namedItem(select.dataset.fits)?.value;
    for (const option of select.options) {
      const fits = !option.dataset.only || !wanted || option.dataset.only === wanted;
      option.hidden = option.disabled = !fits;
    }
    if (select.selectedOptions[0]?.disabled) {
      select.value = [...select.options].find((option) => !option.disabled)?.value ?? "";
    }
  };
  form.addEventListener("change", update);
  update();
});

/** data-names-parts: what the parts of an address are called depends on this country: ZIP code, postcode. */
onContent("select[data-names-parts]", (country) =>
  country.addEventListener("change", async () => {
    const url = new URL("/look-up/address-parts", location.href);
    url.searchParams.set("country", country.value);
    const response = await fetch(url, { headers: { Accept: "application/json" } });
    const chosen = url.searchParams.get("country") === country.value; // and not another one meanwhile
    for (const [part, called] of Object.entries(response.ok && chosen ? await response.json() : {})) {
      const input = country.form.elements.namedItem(country.name.replace(/country$/, part));
      const [label] = input?.labels ?? [];
      if (label) {
        label.textContent = called;
      }
    }
  }),
);
