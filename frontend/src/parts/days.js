// A day chosen by a slider that shows where something changes. Tells it as the event "day", with the day as detail;
// a form whose page doesn't listen is sent.
const DAY = 86_400_000;
const number = (day) => Math.round(Date.parse(day) / DAY);
const text = (days) => new Date(days * DAY).toISOString().slice(0, 10);

export default function days(form) {
  const changes = form.dataset.changes.split(" ").filter(Boolean).map(number);
  const first = number(form.dataset.first);
  const last = Math.max(number(form.dataset.last), first + 1);
  const day = form.elements.on;
  const slider = form.querySelector("[type=range]");
  const marks = form.querySelector(".days-marks");
  slider.max = last - first;

  for (const change of changes) {
    const mark = document.createElement("i");
    mark.style.left = `${(100 * (change - first)) / (last - first)}%`;
    marks.append(mark);
  }

  const show = (wanted) => {
    day.value = text(wanted);
    slider.value = wanted - first;
    slider.setAttribute("aria-valuetext", day.value);
    form.querySelector("[data-step='-1']").disabled = !changes.some((change) => change < wanted);
    form.querySelector("[data-step='1']").disabled = !changes.some((change) => change > wanted);
  };
  const choose = (wanted) => {
    show(wanted);
    const goesOn = form.dispatchEvent(new CustomEvent("day", { detail: day.value, bubbles: true, cancelable: true }));
    if (goesOn) {
      form.requestSubmit();
    }
  };

  slider.addEventListener("input", () => {
    show(first + Number(slider.value));
    if (document.querySelector("[data-part='hierarchy']")) {
      choose(first + Number(slider.value));
    }
  });
  slider.addEventListener("change", () => choose(first + Number(slider.value)));
  day.addEventListener("change", () => day.value && choose(number(day.value)));
  form.addEventListener("submit", (event) => {
    if (document.querySelector("[data-part='hierarchy']")) {
      event.preventDefault();
    }
  });
  form.addEventListener("click", (event) => {
    const step = Number(event.target.closest("[data-step]")?.dataset.step);
    const now = number(day.value);
    const next = step > 0 ? changes.find((change) => change > now) : changes.findLast((change) => change < now);
    if (step && next !== undefined) {
      choose(next);
    }
  });
  show(number(day.value));
}
